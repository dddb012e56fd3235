"""Scores of tokens are summed into the rows they stand in."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.inputs import Encoded
from tunewright.tasks.token_scores import score_rows


def rows(offsets: list[int], row_of: list[int] | None = None) -> Encoded:
    count = len(offsets) - 1 if row_of is None else max(row_of) + 1
    return Encoded(
        ids=np.arange(offsets[-1], dtype=np.int32), offsets=np.array(offsets), types=None,
        full_lengths=np.ones(count, dtype=np.int64), unknown=0, pad_id=0,
        row_of=None if row_of is None else np.array(row_of),
    )  # fmt: skip


def test_only_counted_tokens_are_summed_and_windows_are_one_row():
    """Danger: padding or the text that was given is counted as foreseen."""
    outputs = np.array([[0.0, 0, 9], [0.0, 1, 1], [2.0, 1, 3], [0.0, 1, 5]])
    found = score_rows(outputs, rows([0, 2, 3, 4]))
    assert found.loss.tolist() == [1, 3, 5]
    assert found.right.tolist() == [1, 0, 1]
    assert found[np.array([2])].perplexity == pytest.approx(np.exp([5]))
    joined = score_rows(outputs, rows([0, 2, 3, 4], [0, 0, 1]))
    assert joined.tokens.tolist() == [2, 1]


def test_a_row_that_explodes_stays_a_number():
    """Danger: an infinity in the report's order of worst rows."""
    found = score_rows(np.array([[0.0, 1, 1e6]]), rows([0, 1]))
    assert np.isfinite(found.perplexity).all()
