"""Reads running text: a paragraph a row where blank lines part paragraphs, else a line a row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tunewright.data.encodings import decoding_of
from tunewright.data.quoted_rows import BROKEN
from tunewright.data.source import Role, describe, load, refuse_binary
from tunewright.data.table import Fault, Table, is_empty, shown
from tunewright.records import Place

__all__ = ["is_plain_text", "read_plain_text"]

_HEAD = 20_000


def is_plain_text(raw: bytes) -> bool:
    """Whether the first lines are no table and no JSON: neither cut by equal numbers of tabs nor objects."""
    lines = raw[:_HEAD].split(b"\n")
    head = [line for line in (lines[:-1] if len(raw) > _HEAD else lines) if line.strip()][:20]
    tabs = {line.count(b"\t") for line in head}
    return not (len(head) > 1 and len(tabs) == 1 and 0 not in tabs) and not all(
        line.lstrip().startswith(b"{") for line in head or [b"{"]
    )


def read_plain_text(path: Path, *, role: Role, encoding: str | None = None) -> Table:
    """Read one file; its rows stand in the column `text`.

    Paragraphs are parted by blank lines and keep their line breaks. A file without blank lines has a row a line. A row
    with bytes that are no text is at fault. `line` is that of a row's first line.

    Raises:
        DataError: the file is empty or no text.
    """
    raw = load(path)
    refuse_binary(raw, path)
    decoding = decoding_of(raw, shown(path), encoding)
    lines = [line.rstrip("\r\n") for line in decoding.lines(raw)]
    rows = list(_paragraphs(lines))
    faults, texts, starts = [], [], []
    for line, text in rows:
        if not decoding.clean and not BROKEN.isdisjoint(text):
            note = f"holds bytes that are no {decoding.name.upper()} text"
            faults.append(Fault("undecodable", Place(file=shown(path), line=line, note=note)))
        else:
            texts.append(text)
            starts.append(line)
    described = describe(
        path,
        raw,
        format="txt",
        role=role,
        rows=len(rows),
        columns=("text",),
        encoding=decoding.name,
        encoding_detected=decoding.detected,
    )
    line_numbers = np.asarray(starts, dtype=np.int64)
    return Table({"text": texts}, (described,), np.zeros(len(texts), dtype=np.int32), line_numbers, tuple(faults))


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, str]]:
    """(line number, text) of each row."""
    blank = [is_empty(line) for line in lines]
    last = max((index for index, empty in enumerate(blank) if not empty), default=-1)
    by_blank_lines = any(blank[:last])
    block: list[str] = []
    for number, (line, empty) in enumerate(zip(lines, blank, strict=True), 1):
        if block and (empty or not by_blank_lines):
            yield number - len(block), "\n".join(block)
            block = []
        if not empty:
            block.append(line)
    if block:
        yield len(lines) - len(block) + 1, "\n".join(block)
