"""Long texts in pieces: nothing lost, nothing moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import WORDS, tiny_tokenizer

from tunewright.errors import RecipeError
from tunewright.inputs.text import TextInput
from tunewright.inputs.text_windows import windows_over

TOOL = tiny_tokenizer()
PART = TextInput(text="t")


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=4), st.integers(4, 12)
)
def test_windows_put_together_are_the_text(texts: list[str], limit: int) -> None:
    """Danger: a token between two windows that nobody reads, or an overlap that is not the one asked for."""
    overlap = (limit - 2) // 2
    encoded = PART.encode({"t": texts}, TOOL, limit, overlap=overlap)
    whole = PART.encode({"t": texts}, TOOL, 1000)
    assert encoded.full_lengths.tolist() == whole.lengths.tolist()
    assert encoded.tokens_lost == 0
    assert encoded.lengths.max() <= limit
    for row in range(len(texts)):
        samples = np.flatnonzero(encoded.rows == row)
        contents = [encoded.ids[encoded.offsets[s] + 1 : encoded.offsets[s + 1] - 1].tolist() for s in samples]
        joined = contents[0] + [token for piece in contents[1:] for token in piece[overlap:]]
        assert joined == whole.ids[whole.offsets[row] + 1 : whole.offsets[row + 1] - 1].tolist()


def test_rows_that_fit_are_as_ever() -> None:
    """Danger: short rows change as soon as long ones are read through windows."""
    texts = {"t": ["good film", "bad"]}
    plain, windowed = PART.encode(texts, TOOL, 8), PART.encode(texts, TOOL, 8, overlap=2)
    assert windowed.row_of is None
    assert np.array_equal(plain.ids, windowed.ids)


def test_windows_that_would_not_move_on_are_refused() -> None:
    """Danger: thousands of windows of one text, or an endless loop."""
    with pytest.raises(RecipeError, match=r"data\.overlap=3"):
        windows_over(["good film"], TOOL, 8, 5, True)
    assert windows_over([], TOOL, 8, 2, True) == []
