"""Runs a tokenizer over texts whose words are known, and keeps which token begins which word.

Rows beyond the limit are cut, or read through overlapping windows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.errors import Problem, RecipeError
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.words import Spans, Words, beginnings

__all__ = ["special_tokens", "tokenize_words"]

_ROWS_AT_ONCE = 1024


def tokenize_words(
    texts: Sequence[str],
    words: Sequence[Spans],
    tokenizer: Any,
    max_length: int,
    overlap: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> Encoded:
    """Encode rows with their words.

    Args:
        texts: one a row.
        words: where the words of each text stand.
        tokenizer: a transformers tokenizer that knows characters (a fast one).
        max_length: longest sample in tokens, special ones included.
        overlap: tokens that two neighbouring windows share; None keeps the first window alone.
        progress: told (rows done, rows in all).

    Raises:
        RecipeError: the tokenizer knows no characters, or windows could not move on.
    """
    special = special_tokens(tokenizer, max_length, overlap)
    with_types = "token_type_ids" in tokenizer.model_input_names
    kept = _Kept()
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        end = min(start + _ROWS_AT_ONCE, len(texts))
        out = tokenizer(
            list(texts[start:end]), truncation=True, max_length=max_length, stride=overlap or 0,
            return_overflowing_tokens=True, return_offsets_mapping=True, return_attention_mask=False,
            return_token_type_ids=with_types, verbose=False,
        )  # fmt: skip
        for row, samples in enumerate(_samples(out, end - start), start=start):
            contents = [len(out["input_ids"][s]) - special for s in samples]
            kept.full.append(max(1, special + sum(contents) - (overlap or 0) * (len(samples) - 1)))
            kept.add(row, words[row], samples if overlap is not None else samples[:1], out, tokenizer.pad_token_id)
        if progress:
            progress(end, len(texts))
    flat = np.asarray([token for row in kept.ids for token in row], dtype=np.int32)
    unknown = tokenizer.unk_token_id
    return Encoded(
        ids=flat,
        offsets=_offsets(kept.ids),
        types=np.asarray([kind for row in kept.types for kind in row], dtype=np.int8) if with_types else None,
        full_lengths=np.asarray(kept.full, dtype=np.int64),
        unknown=0 if unknown is None or unknown == tokenizer.eos_token_id else int((flat == unknown).sum()),
        pad_id=int(tokenizer.pad_token_id),
        pad_left=tokenizer.padding_side == "left",
        row_of=np.asarray(kept.row_of, dtype=np.int64) if len(kept.row_of) != len(texts) else None,
        words=Words(
            spans=np.concatenate([np.zeros((0, 2), dtype=np.int32), *words]).astype(np.int32),
            offsets=_offsets(words),
            first=np.concatenate([np.zeros(0, dtype=np.int32), *kept.first]).astype(np.int32),
        ),
    )


@dataclass(frozen=True)
class _Kept:
    """Samples so far: ids, segments, begun words and row of each; and the whole length of each row."""

    ids: list[list[int]] = field(default_factory=list)
    types: list[list[int]] = field(default_factory=list)
    first: list[NDArray[np.int32]] = field(default_factory=list)
    row_of: list[int] = field(default_factory=list)
    full: list[int] = field(default_factory=list)

    def add(self, row: int, words: Spans, samples: Sequence[int], out: Any, pad_id: int) -> None:
        places = [np.asarray(out["offset_mapping"][s], dtype=np.int64).reshape(-1, 2) for s in samples]
        for sample, begun in zip(samples, beginnings(words, places), strict=True):
            # a tokenizer without special tokens makes nothing of empty text, and no model reads nothing
            self.ids.append(out["input_ids"][sample] or [pad_id])
            self.types.append((out["token_type_ids"][sample] or [0]) if "token_type_ids" in out else [])
            self.first.append(begun if len(begun) else np.full(1, -1, dtype=np.int32))
            self.row_of.append(row)


def _offsets(pieces: Sequence[Any]) -> NDArray[np.int64]:
    """Where each piece begins in all of them together, and the end."""
    return np.concatenate(([0], np.cumsum([len(piece) for piece in pieces], dtype=np.int64))).astype(np.int64)


def _samples(out: Any, rows: int) -> list[list[int]]:
    """Windows of each row, in the order of the text."""
    found: list[list[int]] = [[] for _ in range(rows)]
    for sample, row in enumerate(out["overflow_to_sample_mapping"]):
        found[row].append(sample)
    return found


def special_tokens(tokenizer: Any, max_length: int, overlap: int | None) -> int:
    """How many tokens of a sample are special, if rows can be cut into windows of this kind.

    Raises:
        RecipeError: the tokenizer knows no characters, or windows could not move on.
    """
    if not tokenizer.is_fast:
        what = f"has a tokenizer ({type(tokenizer).__name__}) that does not say which characters a token stands for"
        raise RecipeError("The recipe cannot be used.", [Problem("model", what, "Use a model with a tokenizer.json.")])
    special = int(tokenizer.num_special_tokens_to_add())
    room = max_length - special
    if overlap is not None and 2 * overlap > room:
        what = f"is {overlap}, and a window of {max_length} tokens has room for {room}: it would hardly move on"
        hint = f"At most half of it: data.overlap={max(0, room // 2)}"
        raise RecipeError("The recipe cannot be used.", [Problem("data.overlap", what, hint)])
    return special
