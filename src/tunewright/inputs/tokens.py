"""Runs a tokenizer over many rows and keeps account of what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.text_windows import windows_over

__all__ = ["ColumnNames", "join_cells", "tokenize"]

ColumnNames = str | tuple[str, ...]
_ROWS_AT_ONCE = 1024


def join_cells(cells: Sequence[Sequence[str | tuple[str, ...] | None]]) -> list[str]:
    """One text a row from one or more columns, joined by a line break; null is empty."""
    joined = []
    for row in zip(*cells, strict=True):
        pieces = [" ".join(cell) if isinstance(cell, tuple) else cell for cell in row if cell]
        joined.append("\n".join(pieces))
    return joined


def tokenize(
    texts: Sequence[str],
    pairs: Sequence[str] | None,
    tokenizer: Any,
    max_length: int,
    progress: Callable[[int, int], None] | None = None,
    overlap: int | None = None,
) -> Encoded:
    """Encode rows; each is first measured whole, and only those beyond `max_length` are cut and encoded again.

    A pair is cut from its longer side first. With an overlap, long rows (which then are no pairs) become several
    samples, windows that share that many tokens.
    """
    with_types = "token_type_ids" in tokenizer.model_input_names
    ids: list[np.ndarray] = []
    types: list[np.ndarray] = []
    full: list[int] = []
    row_of: list[int] = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        end = min(start + _ROWS_AT_ONCE, len(texts))
        second = None if pairs is None else list(pairs[start:end])
        rows = _run(tokenizer, list(texts[start:end]), second, None, with_types)
        lengths = [len(row) for row in rows[0]]
        full.extend(lengths)
        over = [index for index, length in enumerate(lengths) if length > max_length]
        windows = {}
        if over and overlap is not None:
            long = windows_over([texts[start + index] for index in over], tokenizer, max_length, overlap, with_types)
            windows = dict(zip(over, long, strict=True))
        elif over:
            first_over = [texts[start + index] for index in over]
            second_over = None if second is None else [second[index] for index in over]
            cut = _run(tokenizer, first_over, second_over, max_length, with_types)
            for index, new_ids, new_types in zip(over, *cut, strict=True):
                rows[0][index], rows[1][index] = new_ids, new_types
        for row in np.flatnonzero(np.asarray([len(row) for row in rows[0]]) == 0).tolist():
            # a tokenizer without special tokens makes nothing of empty text, and no model reads nothing
            rows[0][row], rows[1][row], full[start + row] = [tokenizer.pad_token_id], [0] if with_types else [], 1
        for index, whole in enumerate(zip(*rows, strict=True)):
            for own_ids, own_types in windows.get(index, [whole]):
                ids.append(np.asarray(own_ids, dtype=np.int32))
                types.append(np.asarray(own_types, dtype=np.int8))
                row_of.append(start + index)
        if progress:
            progress(end, len(texts))
    flat = np.concatenate(ids) if ids else np.zeros(0, dtype=np.int32)
    unknown = tokenizer.unk_token_id
    return Encoded(
        ids=flat,
        offsets=np.concatenate(([0], np.cumsum([len(row) for row in ids], dtype=np.int64))).astype(np.int64),
        types=(np.concatenate(types) if types else np.zeros(0, dtype=np.int8)) if with_types else None,
        full_lengths=np.asarray(full, dtype=np.int64),
        unknown=0 if unknown is None or unknown == tokenizer.eos_token_id else int((flat == unknown).sum()),
        pad_id=int(tokenizer.pad_token_id),
        pad_left=tokenizer.padding_side == "left",
        row_of=np.asarray(row_of, dtype=np.int64) if len(row_of) != len(texts) else None,
    )


def _run(
    tokenizer: Any, texts: list[str], pairs: list[str] | None, max_length: int | None, with_types: bool
) -> tuple[list[list[int]], list[list[int]]]:
    out = tokenizer(
        texts,
        pairs,
        truncation=max_length is not None,
        max_length=max_length,
        return_attention_mask=False,
        return_token_type_ids=with_types,
        verbose=False,
    )
    rows = out["input_ids"]
    return rows, out["token_type_ids"] if with_types else [[] for _ in rows]
