"""Guesses: right on what is usual, and an answer instead of a wild one on what is not."""

from __future__ import annotations

import pytest

from tunewright.data.guess import guess
from tunewright.data.reading import read
from tunewright.errors import DataError, UserError

REVIEWS = [f"this is review number {n} and it says something" for n in range(60)]


def test_text_and_label(made):
    """The usual table."""
    found = guess(made(id=[str(n) for n in range(60)], review=REVIEWS, sentiment=["good", "bad", "fine"] * 20))
    assert (found.inputs, found.target, found.task) == ({"text": "review"}, "sentiment", "classify")
    assert set(found.reasons) == {"text", "target", "task"} and all(found.reasons.values())


@pytest.mark.parametrize(
    ("text", "label"), [("文本", "标签"), ("内容", "类别"), ("văn bản", "nhãn"), ("Bình luận", "Cảm xúc")]
)
def test_other_languages(made, text, label):
    """A Chinese or Vietnamese team names its columns in its language."""
    table = made(**{label: ["好", "坏"] * 30, text: [f"这个东西很好吃，第{n}次买" for n in range(60)]})
    found = guess(table)
    assert (found.inputs, found.target, found.task) == ({"text": text}, label, "classify")


def test_pairs(made):
    """Two sentences and a relation between them."""
    found = guess(made(sentence1=REVIEWS, sentence2=REVIEWS[::-1], label=["0", "1"] * 30))
    assert found.inputs == {"text": "sentence1", "pair": "sentence2"}
    scored = guess(made(premise=REVIEWS, hypothesis=REVIEWS[::-1], score=[f"{n / 12:.2f}" for n in range(60)]))
    assert (scored.target, scored.task) == ("score", "regress")


def test_the_kind_of_task(made):
    """Fractions are scores, lists are several labels, many whole numbers are a scale."""
    assert guess(made(text=REVIEWS, score=["1.5", "2", "4.25"] * 20)).task == "regress"
    assert guess(made(text=REVIEWS, label=["a|b", "a", "b|c"] * 20)).task == "multilabel"
    assert guess(made(text=REVIEWS, labels=[("a", "b"), ("a",)] * 30)).task == "multilabel"
    assert guess(made(text=REVIEWS, score=[str(n % 40 * 3) for n in range(60)])).task == "regress"
    assert guess(made(text=REVIEWS, stars=["1", "2", "3", "4", "5"] * 12)).task == "classify"


def test_a_nameless_label_that_is_the_only_one(made):
    """One column of few values beside one of texts: no name is needed."""
    found = guess(made(column_1=REVIEWS, column_2=["yes", "no"] * 30))
    assert (found.inputs, found.target) == ({"text": "column_1"}, "column_2")
    assert "only one" in found.reasons["target"]


def test_what_cannot_be_told(made):
    """Two nameless columns of few values: a guess would be a coin thrown in silence."""
    with pytest.raises(UserError, match="--target COLUMN") as error:
        guess(made(column_1=REVIEWS, column_2=["yes", "no"] * 30, column_3=["p", "q", "r"] * 20))
    assert "'column_2': 2 different values" in str(error.value)
    with pytest.raises(UserError, match="cannot be told"):
        guess(made(first=REVIEWS, other=REVIEWS[::-1], region=["n", "s"] * 30, shop=["x", "y", "z"] * 20))
    with pytest.raises(UserError, match="no other column holds text"):
        guess(made(number=[str(n) for n in range(60)], label=["a", "b"] * 30))


def test_what_is_named_is_taken(made):
    """The user knows; the rest is still guessed."""
    table = made(question=REVIEWS, answer=REVIEWS[::-1], region=["n", "s"] * 30, id=[str(n) for n in range(60)])
    found = guess(table, text="answer", target="region")
    assert (found.inputs, found.target, found.reasons["target"]) == ({"text": "answer"}, "region", "given")
    assert guess(table, target="region").inputs == {"text": "question", "pair": "answer"}
    assert guess(table, text="question").target == "region"
    for wrong in ({"text": "anwser"}, {"target": "regoin"}):
        with pytest.raises(DataError, match="Did you mean"):
            guess(table, **wrong)


def test_alternatives(made):
    """What else could have been meant, for the user to type."""
    found = guess(made(title=REVIEWS, text=[r * 2 for r in REVIEWS], label=["a", "b"] * 30, region=["n", "s"] * 30))
    assert found.inputs == {"text": "text"} and found.target == "label"
    assert found.alternatives["text"] == ["title"] and found.alternatives["target"] == ["region"]


def test_paths_are_not_read(put, tmp_path):
    """In a folder of texts the file's name is no input."""
    for label in ("pos", "neg"):
        for number in range(15):
            put(f"r/{label}/{number}.txt", f"{label} words of a text number {number}")
    found = guess(read(tmp_path / "r", role="train"))
    assert (found.inputs, found.target) == ({"text": "text"}, "label")
