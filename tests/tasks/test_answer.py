"""The task `answer`, from cells to predictions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer

from tunewright.inputs import Encoded
from tunewright.inputs.question_context import QuestionContextInput
from tunewright.inputs.text import TextInput
from tunewright.tasks.answer import Answer
from tunewright.tasks.answer_rows import FoundAnswers, RightAnswers
from tunewright.tasks.span_choice import marks

PART = QuestionContextInput(question="q", context="c")
LONG = "the film was good and " * 6 + "superb"
CELLS = [(LONG, f"{len(LONG) - 6}:superb"), ("a bad plot", "2:bad"), ("a good plot",)]
TASK = Answer()


def encoded_rows(limit: int = 64, overlap: int | None = None) -> Encoded:
    cells = {"q": ["what"] * 3, "c": [cell[0] for cell in CELLS]}
    return PART.encode(cells, tiny_tokenizer(), limit, words=True, overlap=overlap)


def sure(encoded: Encoded, truth: RightAnswers) -> np.ndarray:
    """Outputs of a model that is right and sure in every window."""
    found = []
    for sample, row in enumerate(encoded.rows.tolist()):
        first = encoded.words.first[encoded.offsets[sample] : encoded.offsets[sample + 1]]
        found.append(np.where(marks(encoded.words.of(row), first, truth.of(row)) == 1, 8.0, -8.0))
    return np.concatenate(found).astype(np.float32)


@pytest.mark.parametrize(("limit", "overlap"), [(64, None), (20, 4), (12, 3)])
def test_one_answer_a_row_whatever_the_windows(limit, overlap) -> None:
    """Danger: a window that says "not here" outvotes the one that has the answer, or every window answers."""
    encoded = encoded_rows(limit, overlap)
    space = TASK.space(CELLS, "y", encoded)
    truth = TASK.encode(CELLS, space, encoded)
    found = TASK.answers(sure(encoded, truth), encoded, space)
    assert TASK.decide(found, space) == TASK.in_words(truth, space) == ["132-138", "2-5", "no answer"]
    assert found.scores == pytest.approx(1.0, abs=1e-4)
    said = TASK.predictions(found, space, PART.marked({"c": [cell[0] for cell in CELLS]}))
    assert said[0].cells() == {
        "answer": "superb",
        "start": 132,
        "end": 138,
        "probability": said[0].cells()["probability"],
    }
    assert said[2].cells()["start"] is None


def test_whether_it_may_say_nothing_follows_from_the_training_rows() -> None:
    """Danger: a model that never saw a question without an answer stays silent, or a saved one forgets that it may."""
    encoded = encoded_rows()
    space = TASK.space(CELLS, "y", encoded)
    outputs = sure(encoded, TASK.encode(CELLS, space, encoded))
    always = TASK.space(CELLS[:2], "y", encoded)
    assert (space.counts, always.counts) == ((2, 1), (2, 0))
    assert TASK.answers(outputs, encoded, always).spans.min() >= 0
    assert TASK.saved_space(type("C", (), {"no_answer": True})).counts[1] == 1
    assert TASK.saved_space(type("C", (), {})).counts[1] == 0


def test_the_threshold_moves_the_border() -> None:
    """Danger: a threshold with its sign turned round."""
    encoded = encoded_rows()
    space = TASK.space(CELLS, "y", encoded)
    outputs = sure(encoded, TASK.encode(CELLS, space, encoded)) / 8
    silent = [
        int((Answer(threshold=t).answers(outputs, encoded, space).spans[:, 0] < 0).sum()) for t in (-50.0, 0.0, 50.0)
    ]
    assert silent == [3, 1, 0]


def test_the_loss_counts_windows_that_teach() -> None:
    """Danger: a window with half an answer weighs in the mean and teaches nothing."""
    encoded = encoded_rows(12, 3)
    space = TASK.space(CELLS, "y", encoded)
    truth = TASK.encode(CELLS, space, encoded)
    samples = np.arange(len(encoded))
    targets = torch.from_numpy(TASK.targets(truth, encoded, samples, space))
    outputs = torch.from_numpy(sure(encoded, truth))
    found = TASK.compute_loss(outputs, targets, space)
    assert found.weight == len(encoded)
    assert float(found.sum) < 0.01
    two = [(LONG, "4:film was good and the film was good and the film was good")]
    half = TASK.targets(RightAnswers(two), encoded, np.array([0]), space)
    empty = TASK.compute_loss(outputs[: len(half)], torch.from_numpy(half), space)
    assert (float(empty.sum), empty.weight) == (0.0, 0.0)


def test_what_it_can_never_answer() -> None:
    """Danger: answers behind the cut are measured as the model's mistakes, and nobody is told why."""
    encoded = encoded_rows(12)
    truth = RightAnswers(CELLS)
    assert TASK.out_of_reach(truth, encoded) == {"torn_answers": [], "unread_answers": [0]}
    assert TASK.out_of_reach(truth, encoded_rows(12, 3))["unread_answers"] == []
    torn = RightAnswers([(LONG, "1:he"), *CELLS[1:]])
    assert TASK.out_of_reach(torn, encoded)["torn_answers"] == [0]


def test_mistakes_are_shown_with_what_stands_around_them() -> None:
    """Danger: the first 500 characters of an article, and the answer is in none of them."""
    context = "x" * 900 + " right " + "y" * 900 + " wrong " + "z" * 900
    truth = RightAnswers([(context, "901:right")])
    found = FoundAnswers(np.array([[1808, 1813]]), np.array([0.9]))
    (text,) = TASK.excerpts(truth, found, [f"what?\n{context}"])
    assert text.startswith("what?\n… x") and text.endswith("z …")
    assert " right " in text and " wrong " in text and len(text) < 300
    assert TASK.quoted(found, TASK.space([], "y", None), [context]) == ['"wrong"']
    assert TASK.quoted(truth, TASK.space([], "y", None), [context]) == ['"right"']
    assert TASK.wrongness(truth, found)[1].tolist() == [0.9]


def test_it_wants_a_context() -> None:
    """Danger: places counted in a text that the answers are not places of."""
    assert TASK.misfit(PART) is None
    assert "context" in TASK.misfit(TextInput(text="t"))[1]
