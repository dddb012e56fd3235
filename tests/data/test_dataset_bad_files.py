"""Forty ways in which files go wrong: each ends in words that name the place and the way out, and touches nothing.

The danger is the same in all: a reader that goes on with something else than what the user wrote, or that ends in a
traceback of its own.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunewright.errors import UserError

GOOD = "text,label\n" + "".join(f"good text {n},{'ab'[n % 2]}\n" for n in range(10))


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("sheet.xml", "<x/>")
    return buffer.getvalue()


def _parquet(**columns: list) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


REFUSED = {
    # name: (file, content, fields of the recipe, all of these are said)
    "missing file": ("other.csv", GOOD, {"train": "train.csv"}, ["train.csv", "other.csv"]),
    "empty file": ("a.csv", "", {}, ["a.csv", "is empty"]),
    "blank lines alone": ("a.csv", "\n\n \n", {}, ["a.csv", "is empty"]),
    "names alone": ("a.csv", "text,label\n", {}, ["a.csv:1", "no rows", "complete"]),
    "names of nothing": ("a.csv", ",,\nx,a,b\n", {}, ["a.csv:1", "column names"]),
    "a name twice": ("a.csv", "text,label,label\nx,a,b\n", {}, ["a.csv:1", "'label' 2 times", "Rename"]),
    "wrong column": ("a.csv", GOOD.replace("label", "lable"), {}, ["data.target", "Did you mean 'lable'?"]),
    "no names": ("a.csv", GOOD.partition("\n")[2], {}, ["column_1", "line of names"]),
    "wrong delimiter": ("a.csv", GOOD, {"delimiter": ";"}, ["'text,label'", "data.delimiter"]),
    "target among inputs": ("a.csv", GOOD, {"target": "text"}, ["data.inputs", "data.target"]),
    "wrong encoding": ("a.csv", "text,label\n很好,a\n差,b\n", {"encoding": "ascii"}, ["a.csv", "data.encoding=utf-8"]),
    "no encoding": ("a.csv", GOOD, {"encoding": "utf9"}, ["data.encoding", "utf-8"]),
    "names that cannot be decoded": ("a.csv", b"te\xe9xt\xff,label\nx,a\n", {"encoding": "utf-8"}, ["a.csv"]),
    "half of UTF-16": ("a.csv", GOOD.encode("utf-16")[:-1], {}, ["a.csv", "cut short"]),
    "binary": ("a.csv", bytes(range(256)) * 20, {}, ["a.csv", "control characters", "csv, tsv"]),
    "spreadsheet": ("a.xlsx", _zip(), {}, ["a.xlsx", "save the sheet as CSV"]),
    "spreadsheet called csv": ("a.csv", _zip(), {}, ["a.csv", "Excel", "CSV (UTF-8)"]),
    "archive": ("a.zip", _zip(), {}, ["a.zip", "Unpack"]),
    "compressed": ("a.csv.gz", gzip.compress(GOOD.encode()), {}, ["a.csv.gz", "Unpack"]),
    "compressed, called csv": ("a.csv", gzip.compress(GOOD.encode()), {}, ["a.csv", "gunzip"]),
    "document": ("a.docx", _zip(), {}, ["a.docx", "CSV"]),
    "pickle": ("a.pkl", b"\x80\x04\x95\x00\x00.", {}, ["a.pkl", "run code", "Parquet"]),
    "text": ("a.txt", "LOC:city Where ?\nHUM:ind Who ?\n", {}, ["data.target", "'label'", "a.txt does not have"]),
    "page instead of a file": ("a.csv", "<!DOCTYPE html>\n<html></html>", {}, ["a.csv", "web page"]),
    "pointer instead of a file": (
        "a.csv",
        "version https://git-lfs.github.com/spec/v1\n",
        {},
        ["a.csv", "git lfs pull"],
    ),
    "JSON called csv": ("a.csv", '{"text"; "a"}\n{"text"; "b"}\n', {}, ["a.csv:1", "JSON", ".jsonl"]),
    "JSON cut short": ("a.json", '[{"text": "a",\n "label": "x"},\n{"te', {}, ["a.json:3", "cut short"]),
    "JSON without a comma": ("a.json", '[{"text": "a"}\n{"text": "b"}]', {}, ["a.json:2", "comma"]),
    "JSON of unequal columns": ("a.json", '{"text": ["a", "b"], "label": ["x"]}', {}, ["a.json", "'label' holds 1"]),
    "JSON of no objects": ("a.json", '["a", "b"]', {}, ["a.json:1", "no object", '{"text"']),
    "a field twice": ("a.json", '[{"text": "a", "text": "b", "label": "x"}]', {}, ["a.json:1", "twice"]),
    "no JSON lines": ("a.jsonl", "text,label\nx,a\n", {}, ["a.jsonl:1", "is no JSON"]),
    "half of a parquet file": ("a.parquet", _parquet(text=["x"], label=["a"])[:-9], {}, ["a.parquet", "cut short"]),
    "parquet without rows": ("a.parquet", _parquet(text=pa.array([], pa.string())), {}, ["a.parquet", "no rows"]),
    "empty folder": ("d/.keep", "", {"train": "d"}, ["d is empty", "one folder a class"]),
    "folder of tables": ("d/a.csv", GOOD, {"train": "d"}, ["data.train=", "a.csv"]),
    "folder of splits": ("d/train/1.txt", "x", {"train": "d"}, ["data.train=", "one folder a split"]),
    "shares over all": ("a.csv", GOOD, {"validation": 0.5, "test": 0.5}, ["data.test", "below 100%"]),
    "train is test": ("a.csv", GOOD, {"test": "a.csv"}, ["data.test", "same content"]),
    "quote that is no delimiter": ("a.csv", GOOD, {"delimiter": '"'}, ["data.delimiter"]),
    "hub name in parts": ("a.csv", GOOD, {"train": "hub://a/b/c"}, ["hub://NAME"]),
}

FOUND = {
    # name: (file, content, fields, code, line, note)
    "too few cells": ("a.csv", GOOD + "short\n", {}, "ragged", 12, "1 cell instead of 2"),
    "too many cells": ("a.csv", GOOD + "well, hello,a\n", {}, "ragged", 12, "3 cells instead of 2"),
    "text behind a quote": ("a.csv", GOOD + '"x, y",a\n"Great" film,a\n', {}, "stray_quote", 13, "closing quote"),
    "a quote that is not closed": ("a.csv", GOOD + '"open,a\n' + GOOD[11:], {}, "unclosed_quote", 12, "not closed"),
    "a quote closed by another": ("a.csv", GOOD + '"5 inch,a\nx,b\ny,a\n6",b\n', {}, "unclosed_quote", 12, "swallows"),
    "an undecodable row": ("a.csv", f"{GOOD}é,a\né,b\n".encode() + b"\xe9t\xe9,a\n", {}, "undecodable", 14, "bytes"),
    "a zero byte": ("a.csv", GOOD + "x\0y,a\n", {}, "undecodable", 12, "zero byte"),
    "names repeated": ("a.csv", GOOD + "text,label\n", {}, "ragged", 12, "line of names"),
    "a broken line of jsonl": ("a.jsonl", '{"text": "t", "label": "a"}\n{"text"\n', {}, "unreadable", 2, "no JSON"),
    "a field twice in jsonl": (
        "a.jsonl",
        '{"text": "t", "label": "a"}\n{"text": "t", "label": "a", "label": "b"}\n',
        {},
        "unreadable",
        2,
        "twice",
    ),
    "half a pair": ("a.jsonl", '{"text": "t", "label": "a"}\n{"text": "\\ud800"}\n', {}, "undecodable", 2, "surrogate"),
    "no text": ("a.csv", GOOD + " ,a\n", {}, "empty_input", 12, "nothing in text"),
    "null text": (
        "a.jsonl",
        '{"text": "t", "label": "a"}\n{"text": null, "label": "a"}\n',
        {},
        "empty_input",
        2,
        "text",
    ),
    "no label": ("a.csv", GOOD + "x,\n", {}, "unlabelled", 12, "nothing in label"),
    "missing label": ("a.jsonl", '{"text": "t", "label": "a"}\n{"text": "u"}\n', {}, "unlabelled", 2, "label"),
    "two labels": (
        "a.jsonl",
        '{"text": "t", "label": "a"}\n{"text": "u", "label": ["a", "b"]}\n',
        {},
        "not_a_label",
        2,
        "",
    ),
    "no number": ("a.csv", "text,label\nx,1\ny,two\n", {"kind": "number"}, "not_a_number", 3, "is not a number"),
    "nan": ("a.csv", "text,label\nx,1\ny,nan\n", {"kind": "number"}, "not_a_number", 3, "finite"),
    "decimal comma": ("a.csv", "text;label\nx;1,0\ny;2\n", {"kind": "number"}, "not_a_number", 2, "write 3.5"),
    "bytes in parquet": ("a.parquet", _parquet(text=[b"x", b"\xff"], label=["a", "b"]), {}, "undecodable", 2, "UTF-8"),
    "one class": ("a.csv", "text,label\nx,a\ny,a\n", {}, "single_class", 0, ""),
    "no row left": ("a.csv", "text,label\n,a\n", {}, "no_rows", 0, ""),
}


def _hashes(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("case", REFUSED)
def test_files_that_are_refused(case, put: Callable, assembled, tmp_path):
    """One teaching error that names the file, and where there is one the line; no byte of the file has changed."""
    name, content, fields, said = REFUSED[case]
    put(name, content)
    before = _hashes(tmp_path)
    with pytest.raises(UserError) as error:
        assembled(**{"train": name, **fields})
    assert error.value.exit_code == 2
    assert [piece for piece in said if piece not in str(error.value)] == []
    assert _hashes(tmp_path) == before


@pytest.mark.parametrize("case", FOUND)
def test_rows_that_are_found(case, put: Callable, assembled, tmp_path):
    """An error in the audit with file and line, and the row is in no table; no byte of the file has changed."""
    name, content, fields, code, line, note = FOUND[case]
    put(name, content)
    before = _hashes(tmp_path)
    data = assembled(name, **fields)
    found = {finding.code: finding for finding in data.audit.errors}
    assert code in found and found[code].harm is not None and found[code].advice
    if line:
        (place,) = found[code].places
        assert place.file.endswith(name) and place.line == line and note in place.note
        assert line not in data.train.line.tolist()
    assert _hashes(tmp_path) == before


def test_there_are_forty():
    """Two fewer, and someone took a case away because it failed."""
    assert len(REFUSED) >= 40 and len(REFUSED) + len(FOUND) >= 60
