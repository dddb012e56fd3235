"""What every input owes: rows in order, padding that changes nothing, and a full account of what was cut."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer
from trial import rows_of_words

from tunewright.inputs import Input
from tunewright.inputs.chat import ChatInput
from tunewright.inputs.media_input import MediaInput
from tunewright.recipe import catalog

KINDS = tuple(
    kind for kind in catalog.kinds("input") if not issubclass(catalog.load("input", kind), (ChatInput, MediaInput))
)
"""Those that read text; laws of pictures and sounds stand in test_media.py. Conversations are written by a chat
template, with marks: tests/inputs/test_chat.py."""
KINDS_AND_SIDES = tuple(product(KINDS, ("right", "left"), (True, False)))
UNUSUAL = ("", "天气很好", "Phở bò rất ngon", "a\u0301 e\u0301", "😀 good", "good\u200bfilm", "x" * 300, "\n\t good \n")


def made(kind: str) -> Input:
    """An input whose columns are called as its roles."""
    return catalog.load("input", kind)(kind=kind, **{role: role for role in kind.split("+")})


def tokenizer(side: str = "right", types: bool = True) -> Any:
    made = tiny_tokenizer(types)
    made.padding_side = side
    return made


def cells(part: Input, rows: int = 12) -> dict[str, list[str]]:
    """Rows of unequal length, the first one short in every column."""
    columns = enumerate(part.columns)
    return {name: ["good film", *rows_of_words(rows - 1, np.random.default_rng(seed))] for seed, name in columns}


def asked(texts: list[Any]) -> tuple[list[str], list[str] | None]:
    """Texts and pairs as a tokenizer is called with them."""
    paired = isinstance(texts[0], tuple)
    return ([t[0] for t in texts], [t[1] for t in texts]) if paired else (texts, None)


@pytest.mark.parametrize(("kind", "side", "types"), KINDS_AND_SIDES)
def test_batches_are_those_of_transformers(kind: str, side: str, types: bool) -> None:
    """Danger: padding, segments or a mask that differ from what the model was pretrained with. The peer is
    transformers' own."""
    part, tool = made(kind), tokenizer(side, types)
    table = cells(part)
    encoded = part.encode(table, tool, 40)
    texts, pairs = asked(part.texts(table))
    rows = np.array([5, 2, 9, 0])
    batch = part.collate(encoded, rows)
    peer = tool(
        [texts[row] for row in rows],
        None if pairs is None else [pairs[row] for row in rows],
        truncation=True, max_length=40, padding=True, return_tensors="pt",
    )  # fmt: skip
    assert batch.keys() == peer.keys()
    assert all(torch.equal(batch[name], peer[name]) for name in peer)


@pytest.mark.parametrize(("kind", "side", "types"), KINDS_AND_SIDES)
def test_rows_of_one_length_have_no_mask(kind: str, side: str, types: bool) -> None:
    """Danger: a mask of ones, which keeps the fast kernel away for nothing."""
    part, tool = made(kind), tokenizer(side, types)
    encoded = part.encode(cells(part), tool, 40)
    assert "attention_mask" not in part.collate(encoded, [3])
    assert "attention_mask" not in part.collate(encoded, [3, 3])
    shorter = int(np.argmin(encoded.lengths))
    longer = int(np.argmax(encoded.lengths))
    mask = part.collate(encoded, [shorter, longer])["attention_mask"]
    assert mask.sum(dim=1).tolist() == [encoded.lengths[shorter], encoded.lengths[longer]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_token_cut_is_counted(kind: str) -> None:
    """Danger: peers cut in silence. What is lost is counted against the same rows encoded whole."""
    part, tool = made(kind), tokenizer()
    table = cells(part)
    whole, cut = part.encode(table, tool, 10_000), part.encode(table, tool, 12)
    assert whole.tokens_lost == 0
    assert np.array_equal(whole.full_lengths, whole.lengths)
    assert np.array_equal(cut.full_lengths, whole.lengths)
    assert cut.lengths.max() == 12
    assert cut.tokens_lost == int(whole.lengths.sum() - cut.lengths.sum()) > 0
    short = np.flatnonzero(whole.lengths <= 12)
    assert all(torch.equal(cut.collate([r])["input_ids"], whole.collate([r])["input_ids"]) for r in short)


@pytest.mark.parametrize("kind", KINDS)
def test_unusual_text_passes(kind: str) -> None:
    """Danger: a row without words, or in another script, that stops a run or shifts the rows behind it."""
    part, tool = made(kind), tokenizer()
    table = {name: [*UNUSUAL, "good film"] for name in part.columns}
    encoded = part.encode(table, tool, 64)
    assert len(encoded) == len(UNUSUAL) + 1
    assert encoded.lengths.min() >= 1
    last = part.encode({name: ["good film"] for name in part.columns}, tool, 64)
    alone = part.collate(last, [0])["input_ids"]
    assert torch.equal(part.collate(encoded, [len(UNUSUAL)])["input_ids"], alone)
    assert encoded.unknown > 0


@pytest.mark.parametrize("kind", KINDS)
def test_null_reads_as_empty_text(kind: str) -> None:
    """Danger: the word `None` as a feature of every row without text."""
    part, tool = made(kind), tokenizer()
    null, empty = (part.encode({n: [v] for n in part.columns}, tool, 64) for v in (None, ""))
    assert torch.equal(null.collate([0])["input_ids"], empty.collate([0])["input_ids"])


@pytest.mark.parametrize("kind", KINDS)
def test_progress_reaches_the_end(kind: str) -> None:
    """Danger: a bar that stops at 97% and looks like a hang."""
    part, seen = made(kind), []
    part.encode(cells(part, 1030), tokenizer(), 16, lambda done, total: seen.append((done, total)))
    assert seen == [(1024, 1030), (1030, 1030)]


@pytest.mark.parametrize("kind", KINDS)
def test_roles_name_the_columns(kind: str) -> None:
    """Danger: a report that does not say which columns the model reads."""
    part = made(kind)
    assert tuple(part.roles) == tuple(kind.split("+"))
    assert set(part.columns) == set(part.roles.values())


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_are_no_error(kind: str) -> None:
    """Danger: a file with a header alone that ends in a traceback from numpy."""
    part = made(kind)
    encoded = part.encode({name: [] for name in part.columns}, tokenizer(), 16)
    assert len(encoded) == encoded.tokens_lost == 0
    assert encoded.lengths.tolist() == []


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_encoded_alike_in_pieces_and_as_a_whole(kind: str) -> None:
    """Large data is encoded piece by piece: an input that looks at other rows would read each piece differently."""
    part = made(kind)
    columns = {name: [*texts, *UNUSUAL] for name, texts in cells(part).items()}
    count = len(next(iter(columns.values())))
    whole = part.encode(columns, tokenizer(), 12)
    pieces = [
        part.encode({name: texts[start : start + 3] for name, texts in columns.items()}, tokenizer(), 12)
        for start in range(0, count, 3)
    ]
    assert np.array_equal(np.concatenate([piece.ids for piece in pieces]), whole.ids)
    assert np.array_equal(np.concatenate([piece.lengths for piece in pieces]), whole.lengths)
    assert np.array_equal(np.concatenate([piece.full_lengths for piece in pieces]), whole.full_lengths)
    assert sum(piece.unknown for piece in pieces) == whole.unknown
