"""Tables of two texts."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.data.guess_pairs import compared
from tunewright.data.reading import read

_WORDS = "red green blue long short film plot story music scene actor train bridge river garden window"
WORDS = _WORDS.split()


def texts(rows: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Sentences that share most of their words with their partner."""
    draw = np.random.default_rng(seed)
    first = [list(draw.choice(WORDS, 5, replace=False)) for _ in range(rows)]
    return [" ".join(words) for words in first], [" ".join(draw.permutation(words[1:])) for words in first]


@pytest.fixture
def made(tmp_path):
    def make(**columns: list[str]):
        rows = zip(*columns.values(), strict=True)
        path = tmp_path / "t.csv"
        path.write_text("\n".join(",".join(row) for row in [tuple(columns), *rows]) + "\n", encoding="utf-8")
        return read(path, role="train")

    return make


def test_two_texts_and_how_alike_they_are(made) -> None:
    """Danger: a file of paraphrases with scores becomes a classifier of its first column."""
    first, second = texts(40)
    scores = [f"{n % 11 / 2:.1f}" for n in range(40)]
    found = compared(made(one=first, other=second, score=scores))
    assert found is not None and (found.first, found.second, found.target) == ("one", "other", "score")


def test_two_texts_alone_belong_together(made) -> None:
    """Danger: a file of questions and answers is refused, because nothing in it is a label."""
    first, second = texts(40)
    found = compared(made(id=[str(n) for n in range(40)], question=first, answer=second))
    assert found is not None and (found.first, found.second, found.target) == ("question", "answer", "")


def test_other_tables_are_left_alone(made) -> None:
    """Danger: a review with a title and stars is taken for a pair of paraphrases, a price for their likeness."""
    first, second = texts(40)
    stars = [f"{n % 9 / 2:.1f}" for n in range(40)]
    unlike = second[7:] + second[:7]
    assert compared(made(title=first, review=unlike, stars=stars)) is None, "no more in common than any two texts"
    assert compared(made(one=first, other=second, price=[str(n * 10 + 0.5) for n in range(40)])) is None
    assert compared(made(one=first, other=second, label=["yes", "no"] * 20)) is None
    assert compared(made(text=first, score=stars)) is None
    assert compared(made(one=first, other=second, third=unlike)) is None


@pytest.mark.parametrize(
    "names", [("anchor", "positive", "negative"), ("query", "pos", "hard_negative"), ("问题", "正例", "负例")]
)
def test_a_text_that_is_wrong_is_known_by_its_name(made, names) -> None:
    """Danger: the wrong texts are learned as right ones, or as a label."""
    first, second = texts(40)
    wrong = [*second[7:], *second[:6], ""]
    found = compared(made(**dict(zip(names, (first, second, wrong), strict=True))))
    assert found is not None and (found.first, found.second, found.negative, found.target) == (*names, "")
    assert compared(made(one=first, other=second, negative=wrong)) is None, "which of the others is right is a guess"
