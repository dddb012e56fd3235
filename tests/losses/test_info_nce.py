"""In-batch negatives."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tunewright.losses.info_nce import InfoNCE


def vectors(rows: int) -> torch.Tensor:
    sides = torch.randn(2, rows, 5, generator=torch.Generator().manual_seed(1))
    return torch.cat(list(functional.normalize(sides, dim=-1)), dim=1)


def numbers(first: list[int], second: list[int]) -> torch.Tensor:
    return torch.tensor([first, second]).T


def test_it_is_the_cross_entropy_of_the_diagonal() -> None:
    """Danger: a temperature multiplied instead of divided, or the partner's column chosen by its row."""
    given = vectors(4)
    scores = given[:, :5] @ given[:, 5:].T / 0.1
    wanted = functional.cross_entropy(scores, torch.arange(4), reduction="sum")
    other = functional.cross_entropy(scores.T, torch.arange(4), reduction="sum")
    ids = numbers([1, 2, 3, 4], [5, 6, 7, 8])
    one = InfoNCE(temperature=0.1).compute(given, ids, (), ())
    both = InfoNCE(temperature=0.1, symmetric=True).compute(given, ids, (), ())
    assert float(one.sum) == pytest.approx(float(wanted))
    assert float(both.sum) == pytest.approx(float((wanted + other) / 2))
    assert one.weight == both.weight == 4.0


def test_the_same_text_is_no_wrong_partner() -> None:
    """Danger: a text that stands in two rows is pushed away from itself."""
    given = vectors(3)
    told = InfoNCE(temperature=0.1).compute(given, numbers([1, 2, 3], [5, 6, 5]), (), ())
    scores = given[:, :5] @ given[:, 5:].T / 0.1
    kept = [scores[0, [0, 1]], scores[1, [1, 0, 2]], scores[2, [2, 1]]]
    wanted = sum(float(functional.cross_entropy(row[None], torch.tensor([0]))) for row in kept)
    assert float(told.sum) == pytest.approx(wanted)
    same_question = InfoNCE(temperature=0.1).compute(given, numbers([1, 1, 1], [5, 6, 7]), (), ())
    assert float(same_question.sum) == pytest.approx(0.0, abs=1e-6)


def test_a_row_alone_costs_nothing() -> None:
    """Danger: the last step of an epoch has one row, and its loss is NaN."""
    given = vectors(1).requires_grad_()
    loss = InfoNCE().compute(given, numbers([1], [2]), (), ()).sum
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not bool(given.grad.any())


def test_cosines_are_not_rounded_inside_mixed_precision() -> None:
    """Danger: inside autocast the product of the vectors is bf16, in which near partners tie."""
    given, ids = vectors(4), numbers([1, 2, 3, 4], [5, 6, 7, 8])
    wanted = InfoNCE(temperature=0.01).compute(given, ids, (), ()).sum
    with torch.autocast("cpu", torch.bfloat16):
        assert float(InfoNCE(temperature=0.01).compute(given, ids, (), ()).sum) == float(wanted)
