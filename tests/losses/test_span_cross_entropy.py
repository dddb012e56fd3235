"""Starts and ends of answers."""

from __future__ import annotations

import torch

from tunewright.losses.span_cross_entropy import SpanCrossEntropy

LOSS = SpanCrossEntropy()


def test_one_right_answer_is_the_loss_of_bert() -> None:
    """Danger: another loss than the field's. The peer is torch's cross-entropy over starts and over ends."""
    logits = torch.randn(4, 2, 6, generator=torch.Generator().manual_seed(0))
    places = torch.tensor([[0, 2], [1, 1], [3, 5], [4, 4]])
    targets = torch.zeros(4, 2, 6, dtype=torch.int64).scatter(2, places[..., None], 1)
    peer = torch.nn.functional.cross_entropy(logits.flatten(0, 1), places.flatten(), reduction="sum")
    found = LOSS.compute(logits, targets, ("start", "end"), ())
    assert torch.isclose(found.sum, peer)
    assert found.weight == 4.0


def test_any_right_answer_will_do() -> None:
    """Danger: the model is pulled between two answers that are both right."""
    logits = torch.full((1, 2, 3), -9.0)
    logits[0, :, 1] = 9.0
    one, two = torch.tensor([[[1, 0, 0]] * 2]), torch.tensor([[[1, 1, 0]] * 2])
    assert float(LOSS.compute(logits, one, (), ()).sum) > 30
    assert float(LOSS.compute(logits, two, (), ()).sum) < 1e-4


def test_places_that_cannot_be_answers_have_no_say() -> None:
    """Danger: probability that is lost on the words of the question and on padding."""
    logits = torch.tensor([[[50.0, 0.0, 0.0]] * 2])
    assert float(LOSS.compute(logits, torch.tensor([[[-1, 1, -1]] * 2]), (), ()).sum) == 0.0
