"""Reads files of one word a line (CoNLL): columns of words and tags, a blank line between sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tunewright.data.encodings import decoding_of
from tunewright.data.quoted_rows import BROKEN
from tunewright.data.source import Role, describe, load, refuse_binary
from tunewright.data.table import Cell, Fault, Table, shown
from tunewright.data.tag_schemes import is_tag
from tunewright.errors import DataError, Problem
from tunewright.records import Place

__all__ = ["looks_like_conll", "read_conll"]

_DOCUMENT = "-DOCSTART-"
_HEAD = 65_536
_MOSTLY = 0.95


def looks_like_conll(raw: bytes) -> bool:
    """Whether bytes are lines of words and tags: equal columns, one of them tags, blank lines between."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    lines = raw[:_HEAD].decode("latin-1").split("\n")
    lines = lines[:-1] if len(raw) > _HEAD else lines
    by_tabs = _by_tabs(lines)
    rows = [_cut(line, by_tabs) for line in lines if line.strip() and not line.startswith("# ")]
    rows = [row for row in rows if row[0] != _DOCUMENT]
    blank = any(not line.strip() for line in lines[1:-1])
    if not blank or len(rows) < 2:
        return False
    width, count = Counter(map(len, rows)).most_common(1)[0]
    even = [row for row in rows if len(row) == width]
    return width > 1 and count >= 0.9 * len(rows) and _tags(even, width) is not None


def read_conll(path: Path, *, role: Role, encoding: str | None = None) -> Table:
    """Read one file; each sentence is a row with the lists `tokens` and `tags`.

    The first column holds the tokens, the last one that holds tags the tags; those between are `column_2` and so on.
    Columns are cut by tabs, else by spaces. A line of white space ends a sentence (as in WNUT 2017, whose blank lines
    hold a tab), `-DOCSTART-` marks a document and is no sentence, `# ...` is a comment. A sentence with a line of
    another width is a row at fault. `line` is that of its first token.

    Raises:
        DataError: no line has two columns.
    """
    raw = load(path)
    refuse_binary(raw, path)
    decoding = decoding_of(raw, shown(path), encoding)
    blocks = _blocks(decoding.lines(raw))
    if not blocks:
        raise DataError(f"{shown(path)} holds no sentence.", [Problem(shown(path), "has only blank lines and marks")])
    width, _ = Counter(len(cells) for _, block in blocks for cells in block).most_common(1)[0]
    if width < 2:
        raise DataError(
            f"{shown(path)} has one column.",
            [Problem(f"{shown(path)}:{blocks[0][0]}", "holds a word and no tag")],
            "A line is a word and its tag, cut by a tab or a space, and a blank line ends a sentence.",
        )
    good: list[tuple[int, list[list[str]]]] = []
    faults: list[Fault] = []
    for line, block in blocks:
        wrong = next((place for place, cells in enumerate(block) if len(cells) != width), None)
        broken = next((place for place, cells in enumerate(block) if _is_broken(cells)), None)
        if wrong is not None:
            note = f"{len(block[wrong])} columns instead of {width}"
            faults.append(Fault("ragged", Place(file=shown(path), line=line + wrong, note=note)))
        elif broken is not None:
            note = "holds bytes that are not in the file's encoding"
            faults.append(Fault("undecodable", Place(file=shown(path), line=line + broken, note=note)))
        else:
            good.append((line, block))
    names = _names([cells for _, block in good for cells in block], width)
    columns: dict[str, list[Cell]] = {
        name: [tuple(cells[place] for cells in block) for _, block in good] for place, name in enumerate(names)
    }
    file = describe(
        path,
        raw,
        format="conll",
        role=role,
        rows=len(blocks),
        columns=tuple(names),
        encoding=decoding.name,
        encoding_detected=decoding.detected,
        quoting=False,
    )
    line_of = np.asarray([line for line, _ in good], dtype=np.int64)
    return Table(columns, (file,), np.zeros(len(good), dtype=np.int32), line_of, tuple(faults))


def _blocks(lines: Iterable[str]) -> list[tuple[int, list[list[str]]]]:
    """(first line, cells of each line) of every sentence."""
    listed = [line.rstrip("\r\n") for line in lines]
    by_tabs = _by_tabs(listed)
    found: list[tuple[int, list[list[str]]]] = []
    block: list[list[str]] = []
    for number, line in enumerate([*listed, ""], start=1):
        cells = _cut(line, by_tabs)
        comment = line.startswith("# ") and not block and (not by_tabs or len(cells) == 1)
        if line.strip(" \t\r\n\x0b\x0c") and not comment and cells[0] != _DOCUMENT:
            block.append(cells)
        elif block:
            found.append((number - len(block), block))
            block = []
    return found


def _is_broken(cells: Sequence[str]) -> bool:
    return any("\0" in cell or not (cell.isascii() or BROKEN.isdisjoint(cell)) for cell in cells)


def _by_tabs(lines: Sequence[str]) -> bool:
    filled = [line for line in lines if line.strip()]
    return sum("\t" in line for line in filled) > 0.5 * len(filled)


def _cut(line: str, by_tabs: bool) -> list[str]:
    return line.rstrip("\r\n").split("\t") if by_tabs else line.split() or [""]


def _tags(rows: Sequence[Sequence[str]], width: int) -> int | None:
    """The last column that holds tags."""
    for place in range(width - 1, 0, -1):
        column = [row[place] for row in rows]
        if sum(map(is_tag, column)) >= _MOSTLY * len(column) and any(tag != "O" for tag in column):
            return place
    return None


def _names(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    place = _tags(rows, width)
    names = ["tokens", *(f"column_{number}" for number in range(2, width + 1))]
    names[width - 1 if place is None else place] = "tags"
    return names
