"""Reads folders: one folder a class, or one text file a class.

```
reviews/pos/0001.txt      reviews/pos.txt      polarity/rt-polarity.pos
reviews/neg/0001.txt      reviews/neg.txt      polarity/rt-polarity.neg
```
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tunewright.data.encodings import decoding_of
from tunewright.data.media_bytes import sense_of_name
from tunewright.data.quoted_rows import BROKEN
from tunewright.data.source import Role, describe, load, refuse_binary
from tunewright.data.table import Cell, Fault, Table, shown
from tunewright.errors import DataError, Problem
from tunewright.records import Place, SourceFile

__all__ = ["read_folder"]

_TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
_BESIDE = ("license", "licence", "readme", "notice", "changelog", "copying", "citation", "thumbs.db")
_MEDIA_ADVICE = (
    "Nothing says which class a file is of: put those of each class into a folder of its own, or write a table with a "
    "column of their paths and a column of labels (files.csv: path,label)."
)
_SPLITS = ("train", "training", "validation", "valid", "dev", "val", "test", "testing")


def read_folder(path: Path, *, role: Role, encoding: str | None = None) -> Table:
    """Read a folder that sorts its rows by class.

    One folder a class gives the columns `path` and `label`, and `text` when all files are .txt. One file a class, a row
    a line, gives `text` and `label`; the label is the file's name, or its ending where the names are equal. Hidden
    files, licences and readmes are passed over.

    Raises:
        DataError: the folder sorts nothing by class; the message says what was found and what to type.
    """
    if role == "predict" and any(sense_of_name(file.name) for file in path.rglob("*")):
        return _every_file(path)
    entries = sorted(entry for entry in path.iterdir() if not _is_beside(entry))
    folders = [entry for entry in entries if entry.is_dir()]
    files = [entry for entry in entries if entry.is_file()]
    if not entries:
        raise DataError(
            f"The folder {shown(path)} is empty.",
            [Problem(shown(path), "holds no rows", "It should hold one folder a class, or one .txt file a class.")],
        )
    tables = [file for file in files if file.suffix.casefold() in _TABLES]
    if tables:
        listed = "\n".join(f"    data.{role}={shown(table)}" for table in tables[:8])
        raise DataError(f"{shown(path)} is a folder with tables in it. Name the file that is meant:\n{listed}")
    if folders and files:
        raise DataError(
            f"{shown(path)} holds folders and files side by side.",
            [Problem(shown(file), "stands beside the folders of the classes") for file in files],
            "Move them away: whether they are rows, and of which class, would be a guess.",
        )
    if folders:
        return _folder_per_class(path, folders, role, encoding)
    return _file_per_class(path, files, role, encoding)


def _every_file(path: Path) -> Table:
    """What is to be answered, a row a file, however deep: no class is asked for and none is told."""
    files = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file, path))
    if not files:
        raise DataError(f"The folder {shown(path)} is empty.", [Problem(shown(path), "holds no files")])
    table = _paths_alone(path, [(file, "") for file in files], "predict")
    columns = {"path": table.columns["path"]}
    record = table.files[0].model_copy(update={"columns": tuple(columns)})
    return Table(columns, (record,), table.file_index, table.line, (), row_paths="path")


def _hidden(file: Path, root: Path) -> bool:
    return any(_is_beside(part) for part in (file, *file.relative_to(root).parents[:-1]))


def _is_beside(entry: Path) -> bool:
    name = entry.name.casefold()
    return name.startswith((".", "_")) or name.startswith(_BESIDE) or name.endswith(".md")


def _folder_per_class(path: Path, folders: Sequence[Path], role: Role, encoding: str | None) -> Table:
    if all(folder.name.casefold() in _SPLITS for folder in folders):
        listed = "\n".join(f"    data.{_role_of(folder.name)}={shown(folder)}" for folder in folders)
        raise DataError(f"{shown(path)} holds one folder a split, not one a class. Name each split:\n{listed}")
    found: list[tuple[Path, str]] = []
    for folder in folders:
        inside = sorted(entry for entry in folder.iterdir() if not _is_beside(entry))
        deeper = [entry for entry in inside if entry.is_dir()]
        if deeper:
            raise DataError(
                f"{shown(path)} is nested too deeply.",
                [Problem(shown(entry), "is a folder inside the folder of a class") for entry in deeper],
                "Inside the folder of a class stand its files and nothing else.",
            )
        if not inside:
            raise DataError(
                f"The folder of the class {folder.name!r} is empty.",
                [Problem(shown(folder), "holds no files", "Fill it or remove it.")],
            )
        found.extend((file, folder.name) for file in inside)
    texts = all(file.suffix.casefold() == ".txt" for file, _ in found)
    return _file_per_row(path, found, role, encoding) if texts else _paths_alone(path, found, role)


def _role_of(name: str) -> str:
    name = name.casefold()
    return "train" if name.startswith("train") else "test" if name.startswith("test") else "validation"


def _file_per_row(path: Path, found: list[tuple[Path, str]], role: Role, encoding: str | None) -> Table:
    digest, size = hashlib.sha256(), 0
    kept: list[tuple[str, str, str]] = []
    faults: list[Fault] = []
    names: set[str] = set()
    for file, label in found:
        raw = load(file)
        size += len(raw)
        digest.update(f"{file.relative_to(path)}\0{len(raw)}\0".encode() + raw)
        decoding = decoding_of(raw, shown(file), encoding)
        names.add(decoding.name)
        text = decoding.text(raw)
        if not decoding.clean or "\0" in text:
            note = "holds bytes that are not in the file's encoding"
            faults.append(Fault("undecodable", Place(file=shown(file), line=1, note=note)))
            continue
        kept.append((shown(file), text, label))
    columns: dict[str, list[Cell]] = {
        "path": [name for name, _, _ in kept],
        "text": [text for _, text, _ in kept],
        "label": [label for _, _, label in kept],
    }
    record = SourceFile(
        path=str(path),
        sha256=digest.hexdigest(),
        bytes=size,
        format="folder",
        encoding=", ".join(sorted(names)),
        encoding_detected=encoding is None,
        delimiter="",
        rows=len(found),
        columns=tuple(columns),
        role=role,
    )
    return _table(columns, record, tuple(faults))


def _paths_alone(path: Path, found: list[tuple[Path, str]], role: Role) -> Table:
    digest, size = hashlib.sha256(), 0
    for file, _ in found:
        raw = load(file)
        size += len(raw)
        digest.update(f"{file.relative_to(path)}\0{len(raw)}\0".encode() + raw)
    columns: dict[str, list[Cell]] = {
        "path": [shown(file) for file, _ in found],
        "label": [label for _, label in found],
    }
    record = SourceFile(
        path=str(path),
        sha256=digest.hexdigest(),
        bytes=size,
        format="folder",
        encoding="",
        encoding_detected=True,
        delimiter="",
        rows=len(found),
        columns=tuple(columns),
        role=role,
    )
    return _table(columns, record, ())


def _table(columns: dict[str, list[Cell]], record: SourceFile, faults: tuple[Fault, ...]) -> Table:
    rows = len(columns["label"])
    numbers = np.arange(1, rows + 1, dtype=np.int64)
    return Table(columns, (record,), np.zeros(rows, dtype=np.int32), numbers, faults, row_paths="path")


def _file_per_class(path: Path, files: Sequence[Path], role: Role, encoding: str | None) -> Table:
    by_ending = len({file.stem for file in files}) == 1 and len(files) > 1
    if not by_ending and any(file.suffix.casefold() != ".txt" for file in files):
        raise DataError(
            f"{shown(path)} sorts nothing by class.",
            [Problem(shown(file), "is no .txt file") for file in files if file.suffix.casefold() != ".txt"],
            _MEDIA_ADVICE
            if all(sense_of_name(file.name) for file in files)
            else "A folder of classes holds one folder a class, or one .txt file a class with a row a line.",
        )
    names = [file.suffix[1:] if by_ending else file.stem for file in files]
    if all(name.casefold() in _SPLITS for name in names):
        raise DataError(
            f"{shown(path)} holds one file a split, not one a class.",
            [Problem(shown(file), f"is the {name} split by its name") for file, name in zip(files, names, strict=True)],
            "Its names say nothing of classes: write each split as a csv or jsonl file with a column for the label.",
        )
    if len(files) == 1:
        raise DataError(
            f"{shown(path)} holds one file, {files[0].name}, and so one class.",
            [Problem(shown(files[0]), "is the only file", "One .txt file a class, a row a line, needs two or more.")],
        )
    texts: list[Cell] = []
    labels: list[Cell] = []
    lines: list[int] = []
    index: list[int] = []
    faults: list[Fault] = []
    records: list[SourceFile] = []
    for number, (file, label) in enumerate(zip(files, names, strict=True)):
        kept, broken, record = _lines_of(file, role, encoding)
        texts.extend(text for _, text in kept)
        lines.extend(line for line, _ in kept)
        labels.extend([label] * len(kept))
        index.extend([number] * len(kept))
        faults.extend(broken)
        records.append(record)
    columns = {"text": texts, "label": labels}
    return Table(
        columns, tuple(records), np.asarray(index, dtype=np.int32), np.asarray(lines, dtype=np.int64), tuple(faults)
    )


def _lines_of(file: Path, role: Role, encoding: str | None) -> tuple[list[tuple[int, str]], list[Fault], SourceFile]:
    """Lines with their numbers; blank lines at the end are no rows, those in between are empty ones."""
    raw = load(file)
    refuse_binary(raw, file)
    decoding = decoding_of(raw, shown(file), encoding)
    kept: list[tuple[int, str]] = []
    faults: list[Fault] = []
    for number, line in enumerate(decoding.lines(raw), start=1):
        text = line.rstrip("\r\n")
        if "\0" in text or not (text.isascii() or BROKEN.isdisjoint(text)):
            note = "holds bytes that are not in the file's encoding"
            faults.append(Fault("undecodable", Place(file=shown(file), line=number, note=note)))
        else:
            kept.append((number, text))
    while kept and not kept[-1][1].strip():
        kept.pop()
    record = describe(
        file,
        raw,
        format="folder",
        role=role,
        rows=len(kept) + len(faults),
        columns=("text", "label"),
        encoding=decoding.name,
        encoding_detected=decoding.detected,
    )
    return kept, faults, record
