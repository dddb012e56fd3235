"""A question and its context."""

from __future__ import annotations

import pytest
from tiny_models import tiny_tokenizer

from tunewright.inputs.question_context import QuestionContextInput
from tunewright.recipe import Data

PART = QuestionContextInput(question="q", context="c")
CELLS = {"q": ["the", None], "c": ["a good film", "bad"]}


def test_what_it_reads() -> None:
    """Danger: places are counted in question and context together; contexts of one article part over splits."""
    assert PART.texts(CELLS) == [("the", "a good film"), ("", "bad")]
    assert PART.marked(CELLS) == ["a good film", "bad"]
    assert PART.together == "c"
    assert PART.roles == {"question": "q", "context": "c"}


def test_it_is_known_by_its_fields() -> None:
    """Danger: a recipe that must name the kind, though its fields say it."""
    assert Data(train="x.json", inputs={"question": "q", "context": "c"}, target="a").inputs == PART


@pytest.mark.parametrize("words", [True, False])
def test_tokens_with_and_without_places(words: bool) -> None:
    """Danger: a task of one label a row pays for places it does not need, or `answer` gets none."""
    encoded = PART.encode(CELLS, tiny_tokenizer(), 16, words=words)
    assert (encoded.words is not None) == words
    assert encoded.lengths.tolist() == [7, 4]
