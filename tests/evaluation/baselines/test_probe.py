from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_towers import SIDE, towers_config
from transformers import AutoModel, T5Config

from tunewright.evaluation.baselines.majority import majority
from tunewright.evaluation.baselines.probe import MeanPooled, probe

WORDS = ("good", "great", "fine", "lovely", "superb", "bad", "awful", "poor", "dreadful", "boring")


def accuracy(subject, scores) -> float:
    return float((scores.argmax(axis=1) == subject.measured.truth).mean())


def test_beats_the_constant_answer_where_words_tell(make_subject, reviews) -> None:
    """A probe on features in the wrong order of rows learns nothing, and the tuned model wins for nothing."""
    subject = make_subject("classify", reviews(300, 0), reviews(60, 1), reviews(100, 2))
    attempt = probe(subject, subject.measured)
    assert accuracy(subject, attempt.answers) > accuracy(subject, majority(subject, subject.measured).answers) + 0.15
    assert attempt.notes[-1].startswith("32 frozen features; C = ")


def test_padding_is_not_averaged(subject) -> None:
    """Averaged over padding, a row's features depend on its neighbours in the batch."""
    model = MeanPooled(subject.pretrained()).eval()
    alone = subject.tokenizer(["good film"], return_tensors="pt")
    beside = subject.tokenizer(
        ["good film", "the plot was very long and the actor was not good"], padding=True, return_tensors="pt"
    )
    with torch.inference_mode():
        expected = subject.pretrained()(**alone).last_hidden_state.mean(dim=1)
        torch.testing.assert_close(model(**alone).logits, expected)
        torch.testing.assert_close(model(**beside).logits[:1], expected, atol=1e-5, rtol=1e-4)
        del alone["attention_mask"]
        torch.testing.assert_close(model(**alone).logits, expected)


def test_encoder_decoder_models_are_asked_for_their_encoder() -> None:
    """T5 without decoder inputs raises; with some, it would be asked about those instead of the text."""
    config = T5Config(vocab_size=50, d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    body = AutoModel.from_config(config).eval()
    with torch.inference_mode():
        assert MeanPooled(body)(input_ids=torch.tensor([[4, 5, 6]])).logits.shape == (1, 16)


def test_pairs_are_read_apart(make_subject) -> None:
    """What an untuned model says of two texts at once hardly tells whether they are alike: a strawman."""
    generator = np.random.default_rng(0)
    words = WORDS
    pairs, labels = [], []
    for _ in range(300):
        first, other = generator.choice(words, 2)
        same = generator.random() < 0.5
        pairs.append((first, first if same else other))
        labels.append("same" if same or first == other else "other")
    subject = make_subject("classify", (pairs[:240], labels[:240]), None, (pairs[240:], labels[240:]))
    attempt = probe(subject, subject.measured)
    assert attempt.notes[-1].startswith("128 frozen features")
    assert accuracy(subject, attempt.answers) > 0.9


def test_numbers(make_subject, reviews) -> None:
    """Ridge must meet the target in its own unit."""
    texts, labels = reviews(300, 0)
    numbers = [str(1000 + 200 * (label == "positive")) for label in labels]
    subject = make_subject("regress", (texts[:200], numbers[:200]), None, (texts[200:], numbers[200:]))
    error = np.abs(probe(subject, subject.measured).answers - subject.measured.truth).mean()
    assert error < 0.8 * np.abs(majority(subject, subject.measured).answers - subject.measured.truth).mean()


def test_left_out_with_a_word(make_subject, subject) -> None:
    """A baseline that cannot be made must not end the measurement of the model."""
    one_class = make_subject("classify", (["good", "bad", "fine"], ["a", "a", "a"]), None, None)
    attempt = probe(one_class, one_class.measured)
    assert attempt.answers is None and "one class" in attempt.notes[0]

    class Broken(torch.nn.Module):
        def forward(self, input_ids: torch.Tensor, **rest: torch.Tensor):
            return (torch.full((*input_ids.shape, 4), float("inf")),)

    object.__setattr__(subject, "pretrained", Broken)
    attempt = probe(subject, subject.measured)
    assert attempt.answers is None and "not finite in fp32" in attempt.notes[0]


def test_states_are_summed_in_fp32() -> None:
    """Sums of hundreds of bf16 numbers stop growing: the mean of a long text would be wrong."""
    states = torch.full((1, 1000, 1), 1.01, dtype=torch.bfloat16)
    body = torch.nn.Identity()
    body.forward = lambda **batch: (states,)
    pooled = MeanPooled(body)(input_ids=torch.zeros(1, 1000), attention_mask=torch.ones(1, 1000)).logits
    assert isinstance(pooled, torch.Tensor) and pooled.dtype == torch.float32
    assert pooled.item() == pytest.approx(float(states[0, 0, 0]), rel=1e-5)
    assert isinstance(MeanPooled(body)(input_ids=torch.zeros(1, 1000)), SimpleNamespace)


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_pictures_alone_ask_the_tower_for_pictures(family: str) -> None:
    """Danger: CLIP classifies pictures alone, too, and then its probe asks for texts."""
    body = AutoModel.from_config(towers_config(family)).eval()
    pixels = torch.rand(2, 3, SIDE, SIDE)
    with torch.inference_mode():
        found = MeanPooled(body)(pixel_values=pixels).logits
        expected = body.vision_model(pixel_values=pixels).last_hidden_state.mean(dim=1)
    torch.testing.assert_close(found, expected)
