"""Joins rows of running text into blocks that fill the model's length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.inputs.words import starts_word

__all__ = ["join_into_blocks"]

_ROWS_AT_ONCE = 1024


def join_into_blocks(texts: Sequence[str], tokenizer: Any, max_length: int) -> list[tuple[int, str]]:
    """All texts one after another, cut where `max_length` tokens are full; no character but white space is lost.

    A block ends before a word, not inside it, unless a word is longer than a quarter of a block.

    Args:
        texts: one a row, joined by a line break, by a blank line where rows hold line breaks themselves.
        tokenizer: a fast one of transformers.
        max_length: tokens of a block, special ones included.

    Returns:
        (the row that a block begins in, its text).
    """
    room = max(1, max_length - int(tokenizer.num_special_tokens_to_add()))
    mark = "\n\n" if any("\n" in text for text in texts) else "\n"
    whole = mark.join(texts)
    first = np.cumsum([0, *(len(text) + len(mark) for text in texts[:-1])])
    starts = _token_starts(texts, first, mark, tokenizer)
    found: list[tuple[int, str]] = []
    for low, high in _cuts(starts, whole, room):
        found += _fitting(whole, low, high, tokenizer, max_length)
    rows = np.searchsorted(first, [place for place, _ in found], side="right") - 1
    return [(int(row), text) for row, (_, text) in zip(rows, found, strict=True)]


def _token_starts(texts: Sequence[str], first: NDArray[np.int64], mark: str, tokenizer: Any) -> NDArray[np.int64]:
    """The first character of each token in the joined text."""
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        pieces = [text + mark for text in texts[start : start + _ROWS_AT_ONCE]]
        out = tokenizer(pieces, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        for row, offsets in enumerate(out["offset_mapping"], start):
            found.append(first[row] + np.asarray(offsets, dtype=np.int64).reshape(-1, 2)[:, 0])
    return np.concatenate(found)


def _cuts(starts: NDArray[np.int64], whole: str, room: int) -> list[tuple[int, int]]:
    """Characters of each block."""
    found, low, token = [], 0, 0
    while token < len(starts):
        end = token + room
        if end >= len(starts):
            found.append((low, len(whole)))
            break
        least = token + max(1, room - room // 4)
        while end > least and not starts_word(whole, int(starts[end])):
            end -= 1
        if not starts_word(whole, int(starts[end])):
            end = token + room
        high = max(int(starts[end]), low + 1)
        found.append((low, high))
        low, token = high, end
    return found


def _fitting(whole: str, low: int, high: int, tokenizer: Any, max_length: int) -> list[tuple[int, str]]:
    """The block, or two halves of it: read by itself, a text may have some tokens more than inside another."""
    text = whole[low:high].strip()
    if not text:
        return []
    if len(tokenizer(text, verbose=False)["input_ids"]) <= max_length or high - low < 2:
        return [(low + len(whole[low:high]) - len(whole[low:high].lstrip()), text)]
    middle = (low + high) // 2
    cut = next((place for place in range(middle, low, -1) if starts_word(whole, place)), middle)
    return _fitting(whole, low, cut, tokenizer, max_length) + _fitting(whole, cut, high, tokenizer, max_length)
