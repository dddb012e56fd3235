"""tunewright predict"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

ROWS = ["good great fine film", "bad awful plot", "我要退款。", "Xin chào, tôi không hài lòng", 'say "no", now', ""]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "review", "label"])
        writer.writerows([f"{index:03}", text, "truth"] for index, text in enumerate(ROWS))
    return path


@pytest.fixture
def run(runs):
    return runs("full").folder.path


def test_a_table_comes_back_with_labels(typed, run, table):
    """Every row, in order, every column as it was, and the column that was called label already."""
    done = typed("predict", run, table)
    assert done.status == 0
    rows = read(done.out)
    assert [row["review"] for row in rows] == ROWS
    assert [row["id"] for row in rows] == [f"{index:03}" for index in range(len(ROWS))]
    assert {row["label"] for row in rows} == {"truth"}
    assert [row["predicted_label"] for row in rows[:2]] == ["happy", "angry"]
    assert all(0.5 <= float(row["probability"]) <= 1.0 for row in rows[:-1])


def test_rows_without_a_text_come_back_without_a_label(typed, run, table):
    """The model is sure of a label for nothing at all; a person would take it for an answer."""
    done = typed("predict", run, table, "--probabilities")
    assert done.err == f"note: 1 row has no text to read, and so no label: {table}:7\n"
    last = read(done.out)[-1]
    assert (last["review"], last["predicted_label"], last["probability"], last["probability of happy"]) == ("",) * 4
    assert typed("predict", run, table, "--json").json["rows"][-1]["predicted_label"] is None


@pytest.mark.parametrize("kind", ["jsonl", "tsv", "json", "parquet"])
def test_other_tables(typed, run, tmp_path, kind):
    """The same labels from the same rows, whatever holds them."""
    path = tmp_path / f"rows.{kind}"
    rows = [{"id": f"{index:03}", "review": text} for index, text in enumerate(ROWS)]
    if kind == "jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    elif kind == "json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    elif kind == "tsv":
        path.write_text("id\treview\n" + "".join(f"{r['id']}\t{r['review']}\n" for r in rows[:4]), encoding="utf-8")
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    found = read(typed("predict", run, path).out)
    expected = ROWS[:4] if kind == "tsv" else ROWS
    assert [row["review"] for row in found] == expected
    assert [row["label"] for row in found[:2]] == ["happy", "angry"]


def test_a_text_file_and_standard_input(typed, run, tmp_path):
    """A line a text, empty ones too: they keep the count."""
    (tmp_path / "rows.txt").write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    from_file = typed("predict", run, tmp_path / "rows.txt")
    from_pipe = typed("predict", run, "-", stdin=("\n".join(ROWS) + "\n").encode())
    assert from_file.out == from_pipe.out
    assert [row["review"] for row in read(from_file.out)] == ROWS


def test_json_objects_on_standard_input(typed, runs):
    """The way to pipe pairs."""
    lines = "".join(json.dumps({"place": "red", "review": text}) + "\n" for text in ROWS)
    done = typed("predict", runs("pair").folder.path, "-", "--json", stdin=lines.encode())
    assert [row["review"] for row in done.json["rows"]] == ROWS
    assert done.json["rows"][0]["label"] == "happy"


def test_nothing_on_standard_input(typed, run):
    """A pipe that brought no rows gives a table without rows."""
    assert typed("predict", run, "-", stdin=b"").out == "review,label,probability\n"


def test_probabilities_of_every_label(typed, run, table):
    """For thresholds of one's own."""
    row = read(typed("predict", run, table, "--probabilities").out)[0]
    both = float(row["probability of happy"]) + float(row["probability of angry"])
    assert both == pytest.approx(1.0, abs=1e-5)
    assert row["probability"] == row["probability of happy"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_file_is_written_whole(typed, run, table, tmp_path, kind):
    """In the format of its name, in folders that need not be there yet."""
    output = tmp_path / "out" / f"labelled.{kind}"
    done = typed("predict", run, table, "--output", output)
    assert (done.status, done.out) == (0, "")
    assert "Wrote 6 rows" in done.err
    text = output.read_text(encoding="utf-8")
    rows = read(text) if kind == "csv" else [json.loads(line) for line in text.splitlines()]
    assert [row["review"] for row in rows] == ROWS
    assert typed("predict", run, table, "-o", output, "--json").json == {
        "output": str(output),
        "rows": 6,
        "without_text": 1,
    }


def test_labels_and_numbers_of_other_tasks(typed, runs, table):
    """Labels joined by |, and numbers without a probability."""
    labels = read(typed("predict", runs("multilabel").folder.path, table).out)
    assert set("|".join(row["predicted_label"] for row in labels).split("|")) <= {"", "praise", "keep", "fault"}
    numbers = read(typed("predict", runs("regress").folder.path, table).out)
    assert "probability" not in numbers[0]
    assert float(numbers[0]["value"]) > float(numbers[1]["value"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"id,text\n1,good\n", ["review: is no column of this file", "id, text"]),
        (b"id,Review\n1,good\n", ["review", "Review"]),
        (b"id,review\n1,good\n2,bad,too,many\n", ["rows.csv:3", "none was labelled", "must stand in quotes"]),
        (b"", ["rows.csv", "empty"]),
    ],
    ids=["another column", "near miss", "ragged", "empty"],
)
def test_a_table_that_cannot_be_labelled_whole_is_refused(typed, run, tmp_path, content, words):
    """Half a result looks like a result."""
    (tmp_path / "rows.csv").write_bytes(content)
    done = typed("predict", run, tmp_path / "rows.csv", "-o", tmp_path / "out.csv")
    assert (done.status, done.out) == (2, "")
    for word in words:
        assert word in done.err
    assert not (tmp_path / "out.csv").exists()


def test_bytes_that_are_no_text(typed, run):
    """Never replaced and labelled."""
    done = typed("predict", run, "-", stdin="không được\n".encode() * 3 + b"caf\xff\xfe\n")
    assert (done.status, done.out) == (2, "")
    assert "Standard input:4" in done.err


def test_a_pipe_in_another_encoding(typed, run):
    """Told by its look, which is said; or named."""
    text = "我要退款，请尽快处理\n这个产品非常好用\n客服态度很差，等了很久\n"
    told = typed("predict", run, "-", stdin=text.encode("gb18030"))
    assert [row["review"] for row in read(told.out)] == text.split()
    assert "Standard input is read as gb18030" in told.err and "data.encoding=NAME" in told.err
    named = typed("predict", run, "-", "data.encoding=big5", stdin="退款\n".encode("big5"))
    assert ([row["review"] for row in read(named.out)], named.err) == (["退款"], "")


@pytest.mark.parametrize("word", ["data.max_length=9", "data.encoding=klingon", "encoding"])
def test_an_override_that_predict_cannot_take(typed, run, word):
    """What is passed over looks as if it had been heard."""
    done = typed("predict", run, "-", word, stdin=b"good\n")
    assert (done.status, done.out) == (2, "")
    assert "data.encoding" in done.err or "field=value" in done.err


def test_a_line_where_a_pair_is_read(typed, runs):
    """The message shows the line to write."""
    done = typed("predict", runs("pair").folder.path, "-", stdin=b"good\n")
    assert done.status == 2
    assert '{"place": "...", "review": "..."}' in done.err


def test_an_ending_that_is_not_written(typed, run, table):
    """Before the model is loaded."""
    done = typed("predict", run, table, "-o", "out.xlsx")
    assert done.status == 2
    assert ".csv or .jsonl" in done.err


def test_a_folder_where_the_output_should_go(typed, run, table, tmp_path):
    """One line, no traceback."""
    (tmp_path / "out.csv").mkdir()
    done = typed("predict", run, table, "-o", tmp_path / "out.csv")
    assert done.status == 1
    assert "out.csv" in done.err


def test_the_recipe_stands_for_its_run(typed, runs, table):
    """`tunewright predict reviews.yaml rows.csv`, as the guide has it."""
    assert typed("predict", runs.recipe("full"), table).status == 0


@pytest.mark.parametrize("target", ["nothing", "."])
def test_what_is_no_run(typed, table, tmp_path, monkeypatch, target):
    """With the command that makes one."""
    monkeypatch.chdir(tmp_path)
    done = typed("predict", target, table)
    assert done.status == 2
    assert "tunewright train RECIPE" in done.err


def test_a_run_that_is_not_finished(typed, runs, table, tmp_path):
    """It has no model; or one that nobody has verified."""
    folder = runs.copy("freeze", tmp_path / "run")
    Path(folder / "evaluation" / "verification.json").unlink()
    done = typed("predict", folder, table)
    assert done.status == 2
    assert "--resume" in done.err
