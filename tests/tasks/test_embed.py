"""Vectors of pairs and of single texts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer
from trial import Trial, encoded_rows

from tunewright.inputs.text import TextInput
from tunewright.inputs.text_pair_negative import TextPairNegativeInput
from tunewright.tasks.embed import Embed


@pytest.fixture(scope="module")
def bench() -> Trial:
    return Trial("bert", "full", "embed")


def test_a_text_has_one_vector_alone_and_in_a_pair(bench: Trial) -> None:
    """Danger: what is searched with is not what was indexed."""
    inputs, task = bench.task.alone(bench.inputs)
    assert isinstance(inputs, TextInput) and inputs.columns == ("t",)
    _, _, encoded = encoded_rows(task, bench.texts, bench.tokenizer)
    with torch.no_grad():
        alone = task.outputs(bench.plain, encoded.collate(bench.rows)).numpy()
    pairs = bench.answers(bench.before, bench.space)
    assert np.allclose(task.answers(alone, encoded, bench.space).first, pairs.first, atol=1e-6)
    assert task.predictions(task.answers(alone, encoded, bench.space), bench.space, bench.texts)[0].cells().keys() == {
        "vector"
    }


def test_predictions_hold_cosine_and_both_vectors(bench: Trial) -> None:
    """Danger: the cosine of a pair belongs to another row."""
    answers = bench.answers(bench.before, bench.space)
    cells = [one.cells() for one in bench.task.predictions(answers, bench.space, bench.texts)]
    for one in cells:
        assert one["cosine"] == pytest.approx(float(np.dot(one["vector"], one["pair_vector"])), abs=1e-5)


def test_the_words_for_a_row(bench: Trial) -> None:
    """Danger: the report says that a row is wrong, and not how far off it is."""
    answers = bench.answers(bench.before, bench.space)
    said = bench.task.quoted(answers, bench.space, bench.texts)
    assert all(words.startswith(f"rank {rank:g}, cosine ") for words, rank in zip(said, answers.ranks, strict=True))
    assert bench.task.quoted(bench.truth, bench.space, bench.texts) is None
    wrong, rank = bench.task.wrongness(bench.truth, answers)
    assert (wrong == (rank > 1)).all()


def test_the_loss_of_a_split_is_that_of_steps_of_one_size(bench: Trial) -> None:
    """Danger: a validation split of a million rows is compared all with all, and its loss grows with its size."""
    task, space = Embed(), bench.space
    outputs = torch.nn.functional.normalize(torch.randn(150, 2, 4), dim=-1).flatten(1)
    targets = torch.arange(300).reshape(150, 2)
    whole = task.loss_of_split(outputs, targets, space)
    parts = [task.compute_loss(outputs[s : s + 64], targets[s : s + 64], space) for s in (0, 64, 128)]
    assert float(whole.sum) == pytest.approx(sum(float(part.sum) for part in parts), rel=1e-6)
    assert whole.weight == 150


def test_words_that_wrong_partners_alone_have_are_read_too() -> None:
    """Danger: the word table trains only the rows in use, and the first batch with such a word ends the run."""
    part = TextPairNegativeInput(text="t", pair="p", negative="n")
    encoded = part.encode(
        {"t": ["good film"], "p": ["bad plot"], "n": ["long story"]}, tiny_tokenizer(), 16, apart=True
    )
    assert encoded.negatives is not None
    assert set(encoded.negatives.ids.tolist()) - set(encoded.ids.tolist())
    assert set(encoded.negatives.ids.tolist()) <= set(Embed().ids_read(encoded, None).tolist())
