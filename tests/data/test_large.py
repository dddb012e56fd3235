"""Files read onto the disk must give the rows, places and faults that reading them into memory gives."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunewright.data import kept_column, large
from tunewright.data.dataset import assemble
from tunewright.data.large import read_large
from tunewright.data.reading import read
from tunewright.errors import DataError
from tunewright.recipe import Data

FILES = {
    "plain.csv": b"text,label\n" + b"".join(b"row %d,%d\n" % (n, n % 3) for n in range(50)),
    "quoted.csv": 'text,label\n"a, b",x\n"two\nlines ""so""",y\n天气很好,z\nPhở bò,x\n'.encode() * 1,
    "ragged.csv": b"text,label\na,x\nb\nc,y,z\n\nd,x\ntext,label\ne,y\n",
    "stray.csv": b'text,label\n"a" b,x\nc,y\n"open,x\nd,y\ne,x\nf,y\n',
    "broken.csv": b"text,label\n" + b"a,x\n" * 6 + b"\xff\xfe,y\n" + b"\xc3\xa9,x\n" * 3,
    "zero.csv": b"text,label\na,x\nb\0,y\nc,x\n",
    "bare.csv": b"good,1\nbad,0\nfine,1\nawful,0\n",
    "mark.csv": b"\xef\xbb\xbftext;label\na;x\nb;y\n",
    "sep.csv": b"sep=;\ntext;label\na;x\nb;y\n",
    "crlf.tsv": b'text\tlabel\r\nsaid "so"\tx\r\nb\ty\r\n',
    "gb.csv": "文本,标签\n今天天气很好我们去公园,好\n这个产品非常糟糕我不喜欢,坏\n".encode("gb18030") * 1,
    "rows.jsonl": '{"a": 1, "b": "x"}\n{"a": 1e5}\n\n[1]\n{"b": null, "c": ["p", "q"]}\n{"a": "天"}\nno\n'.encode() * 3,
}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Pieces of three rows, so that every file has several."""
    monkeypatch.setattr(large, "_ROWS_AT_ONCE", 3)
    monkeypatch.setattr(large, "_CHUNK", 5)


def same(one, two) -> None:
    assert [*one.columns] == [*two.columns]
    for name in one.columns:
        assert list(one.columns[name]) == list(two.columns[name])
    assert one.line.tolist() == two.line.tolist() and one.file_index.tolist() == two.file_index.tolist()
    assert one.files == two.files
    assert sorted(map(str, (f.place for f in one.faults))) == sorted(map(str, (f.place for f in two.faults)))
    assert sorted(f.code for f in one.faults) == sorted(f.code for f in two.faults)


@pytest.mark.parametrize("name", FILES)
def test_as_in_memory(tmp_path, name):
    """A second reader with rules of its own would find other rows in the same file once it has grown."""
    path = tmp_path / name
    path.write_bytes(FILES[name])
    found = read_large(path, tmp_path / "spool", role="train")
    assert found is not None
    same(found, read(path, role="train"))


def test_parquet_as_in_memory(tmp_path):
    """Numbers, lists, null and bytes that are no text must come out alike."""
    table = pa.table(
        {
            "text": ["a", None, "天", "b", ""] * 3,
            "tags": [["x"], [], None, ["y", "z"], ["x"]] * 3,
            "raw": pa.array([b"ok", b"\xff", b"ok", b"ok", None] * 3, pa.binary()),
            "score": [1.5, 2.0, float("nan"), 0.1, None] * 3,
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=4)
    found = read_large(tmp_path / "a.parquet", tmp_path / "spool", role="test")
    assert len(found.faults) == 3
    same(found, read(tmp_path / "a.parquet", role="test"))


@pytest.mark.parametrize("settings", [{"encoding": "utf-8"}, {"delimiter": ";"}, {"quoting": False}])
def test_settings_are_obeyed(tmp_path, settings):
    """What the recipe names holds for large files too."""
    path = tmp_path / "a.csv"
    path.write_text('text;label\n"a" b;x\nc;y\nd;x\ne;y\n', encoding="utf-8")
    same(read_large(path, tmp_path / "spool", role="train", **settings), read(path, role="train", **settings))


def test_a_quote_that_never_closes_costs_one_row(tmp_path, monkeypatch):
    """It must not gather the rest of a file of gigabytes in one cell."""
    monkeypatch.setattr(large, "_LONGEST_CELL", 100)
    path = tmp_path / "a.csv"
    path.write_bytes(b'text,label\nok,x\n"open,x\n' + b"row,y\n" * 200)
    found = read_large(path, tmp_path / "spool", role="train")
    assert len(found) == 201 and next(str(fault.place) for fault in found.faults).endswith(
        "a.csv:3 (a quote opens here and is not closed)"
    )


def test_bytes_behind_the_head_are_checked_too(tmp_path, monkeypatch):
    """The head says UTF-8; a broken byte a gigabyte later is still a row at fault."""
    monkeypatch.setattr(large, "_HEAD", 40)
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label\n" + b"fine,x\n" * 30 + b"\xe9t\xe9,y\n" + b"fine,y\n" * 5 + b"z\0,x\n")
    found = read_large(path, tmp_path / "spool", role="train")
    assert [fault.code for fault in found.faults] == ["undecodable"] * 2
    assert [fault.place.line for fault in found.faults] == [32, 38]
    assert len(found) == 35


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("wide.csv", "text,label\na,x\n".encode("utf-16")),
        ("document.jsonl", b'[\n{"a": 1},\n{"a": 2}\n]\n'),
        ("a.json", b'[{"a": 1}]'),
        ("broken.parquet", b"PAR1 nothing"),
    ],
)
def test_what_is_read_in_memory_all_the_same(tmp_path, name, raw):
    """Half a reading would be worse than the memory it saves."""
    (tmp_path / name).write_bytes(raw)
    assert read_large(tmp_path / name, tmp_path / "spool", role="train") is None


def test_what_no_reader_takes_is_refused_alike(tmp_path):
    """The words about an empty file, a title or doubled names do not hang on its size."""
    for number, raw in enumerate((b"", b"a,a\n1,2\n", b"PK\x03\x04zip", b"\n\n")):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(raw)
        with pytest.raises(DataError) as in_memory:
            read(path, role="train")
        with pytest.raises(DataError) as on_disk:
            read_large(path, tmp_path / "spool", role="train")
        assert str(on_disk.value) == str(in_memory.value)


def test_only_large_files_take_this_way(tmp_path, monkeypatch):
    """Small files stay in memory, where every access is quicker."""
    path = tmp_path / "a.csv"
    path.write_bytes(FILES["plain.csv"])
    assert isinstance(read(path, role="train", spool=tmp_path / "s").columns["text"], list)
    monkeypatch.setattr(large, "LARGE_BYTES", 100)
    table = read(path, role="train", spool=tmp_path / "s")
    assert not isinstance(table.columns["text"], list)
    assert isinstance(read(path, role="train").columns["text"], list)
    assert np.array_equal(table.line, read(path, role="train").line)


def test_memory_does_not_grow_with_the_texts(tmp_path, monkeypatch):
    """Five million rows must fit: what a row costs in memory is its digests and places, whatever its text is."""
    monkeypatch.setattr(large, "_ROWS_AT_ONCE", 64)
    monkeypatch.setattr(kept_column, "_ROWS_AT_ONCE", 64)
    monkeypatch.setattr(large, "_HEAD", 1 << 14)
    monkeypatch.setattr(large, "_CHUNK", 1 << 14)
    monkeypatch.setattr(large, "LARGE_BYTES", 0)

    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        words = " ".join(["word"] * 400)  # 2,000 bytes a row
        path.write_text("text,label\n" + "".join(f"{n} {words},c{n % 4}\n" for n in range(rows)), encoding="utf-8")
        data = Data.model_validate(
            {"train": str(path), "inputs": {"text": "text"}, "target": "label", "validation": 0.1, "test": 0.2}
        )
        gc.collect()
        tracemalloc.start()
        found = assemble(
            data, input_columns=["text"], inputs={"text": "text"}, task="classify", target_kind="label",
            locate=Path, seed=0, spool=tmp_path / f"spool-{rows}",
        )  # fmt: skip
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(split.rows for split in found.audit.splits) == rows
        return most

    few, many = 1000, 5000
    assert (peak(many) - peak(few)) / (many - few) < 350
