"""Runs a tokenizer over questions and contexts, and keeps where in its context each token stands.

Rows beyond the limit are cut, or read through overlapping windows: of the context alone, with the whole question before
each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.errors import Problem, RecipeError, UnreadableRowsError
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.words import Spans, Words

__all__ = ["LEAST_ROOM", "NOWHERE", "tokenize_contexts", "windows_of"]

NOWHERE = -2
"""In `Words.first`: the token that stands for "no answer here", the first special one of a sample ([CLS])."""

LEAST_ROOM = 4
"""Tokens of context that a question must leave room for; with less, no window would hold an answer."""

_ROWS_AT_ONCE = 1024


def tokenize_contexts(
    rows: Sequence[tuple[str, str]],
    tokenizer: Any,
    max_length: int,
    overlap: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> Encoded:
    """Encode pairs of question and context.

    The words of the result are the tokens of each row's context, every one of them, read or not: `spans` says which
    characters each stands for, without the spaces around it, and `first` which of them a token is, -1 for tokens of the
    question, `NOWHERE` for the one that stands for no answer.

    Args:
        rows: question and context of each.
        tokenizer: a transformers tokenizer that knows characters (a fast one).
        max_length: longest sample in tokens, special ones included.
        overlap: tokens that two neighbouring windows share, at most half of what a window holds of the context; None
            keeps the first window alone.
        progress: told (rows done, rows in all).

    Raises:
        RecipeError: the tokenizer knows no characters.
        UnreadableRowsError: a question leaves no room for its context.
    """
    if not tokenizer.is_fast:
        what = f"has a tokenizer ({type(tokenizer).__name__}) that does not say which characters a token stands for"
        raise RecipeError("The recipe cannot be used.", [Problem("model", what, "Use a model with a tokenizer.json.")])
    with_types = "token_type_ids" in tokenizer.model_input_names
    kept = _Kept()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        end = min(start + _ROWS_AT_ONCE, len(rows))
        out = tokenizer(
            [question for question, _ in rows[start:end]], [context for _, context in rows[start:end]],
            return_offsets_mapping=True, return_attention_mask=False, return_token_type_ids=with_types, verbose=False,
        )  # fmt: skip
        for row in range(start, end):
            kept.add(row, out, row - start, rows[row][1], max_length, overlap, tokenizer)
        if progress:
            progress(end, len(rows))
    if kept.too_long:
        raise UnreadableRowsError(tuple(kept.too_long), f"Shorten it, or raise data.max_length (now {max_length}).")
    flat = np.concatenate([np.zeros(0, dtype=np.int32), *kept.ids]).astype(np.int32)
    unknown = tokenizer.unk_token_id
    return Encoded(
        ids=flat,
        offsets=_offsets(kept.ids),
        types=np.concatenate([np.zeros(0, dtype=np.int8), *kept.types]).astype(np.int8) if with_types else None,
        full_lengths=np.asarray(kept.full, dtype=np.int64),
        unknown=0 if unknown is None or unknown == tokenizer.eos_token_id else int((flat == unknown).sum()),
        pad_id=int(tokenizer.pad_token_id),
        pad_left=tokenizer.padding_side == "left",
        row_of=np.asarray(kept.row_of, dtype=np.int64) if len(kept.row_of) != len(rows) else None,
        words=Words(
            spans=np.concatenate([np.zeros((0, 2), dtype=np.int32), *kept.spans]).astype(np.int32),
            offsets=_offsets(kept.spans),
            first=np.concatenate([np.zeros(0, dtype=np.int32), *kept.first]).astype(np.int32),
        ),
    )


def windows_of(tokens: int, room: int, overlap: int | None) -> list[tuple[int, int]]:
    """(start, end) of the windows over that many tokens, each of `room` at most; the first alone without overlap."""
    if overlap is None:
        return [(0, min(tokens, room))]
    found = [(0, min(tokens, room))]
    stride = room - min(overlap, room // 2)
    while found[-1][1] < tokens:
        start = found[-1][0] + stride
        found.append((start, min(tokens, start + room)))
    return found


@dataclass(frozen=True)
class _Kept:
    """Samples so far, and of each row its whole length, the places of its context's tokens, and what is wrong."""

    ids: list[NDArray[np.int32]] = field(default_factory=list)
    types: list[NDArray[np.int8]] = field(default_factory=list)
    first: list[NDArray[np.int32]] = field(default_factory=list)
    row_of: list[int] = field(default_factory=list)
    spans: list[Spans] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    too_long: list[tuple[int, str]] = field(default_factory=list)

    def add(
        self, row: int, out: Any, index: int, context: str, max_length: int, overlap: int | None, tokenizer: Any
    ) -> None:
        ids = np.asarray(out["input_ids"][index], dtype=np.int32)
        side = np.array([-1 if s is None else s for s in out.sequence_ids(index)], dtype=np.int64)
        places = np.asarray(out["offset_mapping"][index], dtype=np.int64).reshape(-1, 2)
        mine = np.flatnonzero(side == 1)
        # a context without a token stands, empty, before the last special token
        low, high = (int(mine[0]), int(mine[-1]) + 1) if len(mine) else (len(ids), len(ids))
        room = max_length - (len(ids) - (high - low))
        self.full.append(max(1, len(ids)))
        self.spans.append(_trimmed(places[low:high], context))
        if len(ids) > max_length and room < LEAST_ROOM:
            held = f"has a question of {int((side == 0).sum())} tokens, and the model reads {max_length} in all"
            self.too_long.append((row, held))
            return
        null = _null(ids, side, tokenizer)
        types = np.asarray(out["token_type_ids"][index], dtype=np.int8) if "token_type_ids" in out else None
        for start, end in windows_of(high - low, max(1, room), overlap):
            chosen = np.r_[0:low, low + start : low + end, high : len(ids)]
            first = np.full(len(ids), -1, dtype=np.int32)
            filled = self.spans[-1][:, 0] < self.spans[-1][:, 1]
            first[low:high] = np.where(filled, np.arange(high - low), -1)  # white space alone is no answer
            if null is not None:
                first[null] = NOWHERE
            # a tokenizer without special tokens makes nothing of empty text, and no model reads nothing
            empty = not len(chosen)
            self.ids.append(np.array([tokenizer.pad_token_id], dtype=np.int32) if empty else ids[chosen])
            self.first.append(np.array([NOWHERE], dtype=np.int32) if empty else first[chosen])
            if types is not None:
                self.types.append(np.zeros(1, dtype=np.int8) if empty else types[chosen])
            self.row_of.append(row)


def _null(ids: NDArray[np.int32], side: NDArray[np.int64], tokenizer: Any) -> int | None:
    """Where "no answer" is said: at the classifying token, else at the first that is not of the context."""
    classifying = -1 if tokenizer.cls_token_id is None else tokenizer.cls_token_id
    for places in (np.flatnonzero((ids == classifying) & (side == -1)), np.flatnonzero(side != 1)):
        if len(places):
            return int(places[0])
    return None


def _trimmed(places: NDArray[np.int64], context: str) -> Spans:
    """Places without the spaces that some tokenizers count to a token."""
    found = places.astype(np.int32)
    if not len(found):
        return found.reshape(-1, 2)
    blank = np.array([mark.isspace() for mark in context] + [False])
    for _ in range(16):
        moves = blank[np.minimum(found[:, 0], len(blank) - 1)] & (found[:, 0] < found[:, 1])
        if not moves.any():
            break
        found[moves, 0] += 1
    for _ in range(16):
        moves = (found[:, 1] > found[:, 0]) & blank[np.maximum(found[:, 1] - 1, 0)]
        if not moves.any():
            break
        found[moves, 1] -= 1
    return found


def _offsets(pieces: Sequence[Any]) -> NDArray[np.int64]:
    """Where each piece begins in all of them together, and the end."""
    return np.concatenate(([0], np.cumsum([len(piece) for piece in pieces], dtype=np.int64))).astype(np.int64)
