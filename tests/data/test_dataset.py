"""From files to three tables: what is left out, what is reported, what never parts."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.data.sameness import normal_keys
from tunewright.errors import DataError


def _csv(*rows: tuple[str, ...], names: str = "text,label") -> str:
    return "\n".join([names, *(",".join(row) for row in rows)]) + "\n"


def _many(count: int = 100, start: int = 0) -> list[tuple[str, str]]:
    return [(f"text number {row}", "ab"[row % 2]) for row in range(start, start + count)]


def test_shares_of_one_file(put, assembled):
    """The sizes, where they came from, and counts by label in each split."""
    put("train.csv", _csv(*_many()))
    data = assembled(validation=0.1, test=0.2)
    assert (len(data.train), len(data.validation), len(data.test)) == (70, 10, 20)
    assert [(split.name, split.rows, split.origin) for split in data.audit.splits] == [
        ("train", 70, "70% of train.csv"),
        ("validation", 10, "10% of train.csv"),
        ("test", 20, "20% of train.csv"),
    ]
    assert [(c.label, c.train, c.validation, c.test) for c in data.audit.classes] == [
        ("a", 35, 5, 10),
        ("b", 35, 5, 10),
    ]
    assert [finding.title for finding in data.audit.findings] == ["validation holds 10 rows", "test holds 20 rows"]
    assert data.train.line.tolist() == sorted(data.train.line.tolist())
    assert (data.audit.task, data.audit.inputs, data.audit.target) == ("classify", {"text": "text"}, "label")
    assert data.audit.target_histogram == ()


def test_files_of_their_own(put, assembled, codes):
    """Each split from its file, whatever the form."""
    put("train.csv", _csv(*_many()))
    put("valid.jsonl", "".join(f'{{"text": "valid {n}", "label": "{"ab"[n % 2]}"}}\n' for n in range(40)))
    test = put("test.parquet", b"")
    pq.write_table(pa.table({"text": [f"test {n}" for n in range(30)], "label": ["a", "b"] * 15}), test)
    data = assembled(validation="valid.jsonl", test="test.parquet")
    assert [(split.name, split.rows, split.origin) for split in data.audit.splits] == [
        ("train", 100, "file"),
        ("validation", 40, "file"),
        ("test", 30, "file"),
    ]
    assert [file.role for file in data.audit.files] == ["train", "validation", "test"]
    assert codes(data) == {}


def test_no_validation_and_no_test(put, assembled):
    """Null is a choice, and no rows are drawn behind the user's back."""
    put("train.csv", _csv(*_many()))
    data = assembled()
    assert (len(data.train), data.validation, data.test) == (100, None, None)


BAD = _csv(*_many(40), ("", "a"), ("no label", ""), ("ragged",), ("x", "a", "b"))


def test_bad_rows_are_errors(put, assembled, codes):
    """`check` must show everything, so nothing is raised; training refuses by the errors."""
    put("train.csv", BAD)
    data = assembled()
    assert codes(data) == {"ragged": ("error", 2), "empty_input": ("error", 1), "unlabelled": ("error", 1)}
    assert len(data.audit.errors) == 3 and len(data.train) == 40
    assert {place.line for finding in data.audit.findings for place in finding.places} == {42, 43, 44, 45}


def test_bad_rows_may_be_skipped(put, assembled, codes):
    """Skipped is not silent: the same findings, as warnings."""
    put("train.csv", BAD)
    data = assembled(on_bad_row="skip")
    assert {severity for severity, _ in codes(data).values()} == {"warning"}
    assert data.audit.errors == () and len(data.train) == 40


def test_all_rows_bad(put, assembled):
    """The findings explain why nothing is left; nothing crashes on the way."""
    put("train.csv", _csv(("", "a"), ("", "b")))
    data = assembled(validation=0.1, test=0.2)
    assert len(data.train) == 0 and data.validation is None and data.test is None
    titles = [finding.title for finding in data.audit.errors]
    assert titles[0] == "2 rows have no text to read" and "No row is left for train" in titles


def test_leaks_are_dropped_from_train(put, assembled, codes):
    """Full-width copies leak, too; the test file is never touched."""
    put("train.csv", _csv(*_many(), ("TEXT  from test", "a"), ("ｔext from test", "b")))
    put("test.csv", _csv(("text from test", "a"), *_many(40, start=1000)))
    data = assembled(test="test.csv", validation=0.1)
    assert codes(data)["leak"] == ("warning", 2)
    assert len(data.train) + len(data.validation) == 100 and len(data.test) == 41
    kept = assembled(test="test.csv", on_leak="keep")
    assert len(kept.train) == 102 and codes(kept)["leak"] == ("warning", 2)


def test_groups_leak_between_files(put, assembled, codes):
    """The patient known from training is recognised, not diagnosed."""
    names = "text,label,patient"
    put("train.csv", _csv(*((*row, f"p{n % 10}") for n, row in enumerate(_many())), names=names))
    put("test.csv", _csv(*((*row, "p3") for row in _many(40, start=500)), names=names))
    data = assembled(test="test.csv", group="patient")
    assert codes(data)["group_leak"] == ("warning", 10) and len(data.train) == 90


def test_validation_rows_in_test(put, assembled, codes):
    """The best epoch would be chosen by the test."""
    put("train.csv", _csv(*_many()))
    put("valid.csv", _csv(*_many(40, start=200)))
    put("test.csv", _csv(*_many(40, start=230)))
    assert codes(assembled(validation="valid.csv", test="test.csv"))["validation_in_test"] == ("warning", 10)


def test_the_same_file_twice(put, assembled):
    """A copied name in the recipe: everything leaks, or everything is dropped."""
    put("train.csv", _csv(*_many()))
    put("copy.csv", _csv(*_many()))
    for name in ("train.csv", "copy.csv"):
        with pytest.raises(DataError, match="train and test are the same rows"):
            assembled(test=name)


def test_unseen_labels(put, assembled, codes):
    """The model cannot say a label it has never seen."""
    put("train.csv", _csv(*_many()))
    put("test.csv", _csv(*_many(30, start=500), ("new", "c"), ("variant", "A")))
    data = assembled(test="test.csv")
    assert codes(data)["unseen_label"] == ("error", 2) and len(data.test) == 30
    assert [place.note for place in data.audit.errors[0].places] == ["in test", "in test"]
    assert codes(assembled(test="test.csv", on_bad_row="skip"))["unseen_label"] == ("warning", 2)


def test_shares_that_leave_nothing(put, assembled):
    """60% and 50% of one file."""
    put("train.csv", _csv(*_many()))
    with pytest.raises(DataError, match="leave nothing to learn from"):
        assembled(validation=0.5, test=0.6)


def test_missing_columns_of_all_files(put, assembled):
    """All at once, with the names that exist."""
    put("train.csv", _csv(*_many(), names="text,lable"))
    with pytest.raises(DataError, match="Did you mean 'lable'"):
        assembled()


def test_limit(put, assembled):
    """Exactly so many training rows, in balance; validation and test stay whole."""
    put("train.csv", _csv(*_many(200)))
    data = assembled(validation=0.1, test=0.2, limit=50)
    assert (len(data.train), len(data.validation), len(data.test)) == (50, 20, 40)
    assert [count.train for count in data.audit.classes] == [25, 25]
    assert data.audit.splits[0].origin == "50 drawn of train.csv"
    assert data.test.columns == assembled(validation=0.1, test=0.2).test.columns


def test_numbers(put, assembled, codes):
    """Quantiles spread over the splits, a histogram instead of classes, no label findings."""
    rows = [(f"text {n}", f"{n / 10}") for n in range(200)]
    put("train.csv", _csv(*rows, ("bad", "3;5"), ("inf", "inf")))
    data = assembled(kind="number", test=0.2)
    assert codes(data) == {"not_a_number": ("error", 2)}
    scores = np.asarray([float(cell) for cell in data.test.column("label")])
    assert abs(scores.mean() - 9.95) < 0.5
    assert data.audit.classes == () and sum(count for _, _, count in data.audit.target_histogram) == 160


def test_several_labels(put, assembled, codes):
    """The tables hold tuples; a row without labels is a row; each label is counted."""
    rows = [(f"text {n}", ["x", "y", "x|y", ""][n % 4]) for n in range(80)]
    put("train.csv", _csv(*rows))
    data = assembled(kind="labels", test=0.25)
    assert set(data.train.column("label")) == {("x",), ("y",), ("x", "y"), ()}
    assert codes(data)["no_labels"] == ("info", 20) and codes(data)["separator"] == ("info", 80)
    assert [(c.label, c.train + c.test) for c in data.audit.classes] == [("x", 40), ("y", 40)]


def test_pairs(put, assembled, codes):
    """Two columns are one input."""
    rows = [(f"q {n // 2}", f"a {n}", "ab"[n % 2]) for n in range(80)]
    put("train.csv", _csv(*rows, names="text,answer,label"))
    assert codes(assembled(pair="answer", test=0.2)) == {"few_rows": ("warning", 16)}


def test_hub_names_go_to_the_hub(put, assembled, monkeypatch):
    """A hub name must not be looked for on the disk."""
    asked = []

    def read_hub(name, *, role):
        asked.append((name, role))
        raise DataError("stop here")

    monkeypatch.setattr("tunewright.data.dataset.read_hub", read_hub)
    with pytest.raises(DataError, match="stop here"):
        assembled("hub://owner/name")
    assert asked == [("hub://owner/name", "train")]


def test_findings_are_sorted_by_severity(put, assembled):
    """Errors first: the eye stops after a few lines."""
    put("train.csv", _csv(*_many(), ("", "a"), ("text number 1", "b"), ("TEXT number 1", "b")))
    severities = [finding.severity for finding in assembled(test=0.1).audit.findings]
    assert severities == sorted(severities, key=["error", "warning", "info"].index) and len(set(severities)) == 3


TEXTS = st.sampled_from(["Hi", "hi", " HI ", "ho", "ＨＯ", "he", "ha", "hu", "hy", "h1", "h2", "h3", "h4"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.sampled_from("ab"), st.sampled_from("pqrstuvw")), min_size=4), st.integers(0, 99))
def test_nothing_leaks_and_nothing_is_lost(put, assembled, rows, seed):
    """Whatever the rows: equal inputs and equal groups are on one side, and every row is somewhere."""
    put("train.csv", _csv(*(tuple(f'"{cell}"' for cell in row) for row in rows), names="text,label,patient"))
    data = assembled(validation=0.2, test=0.2, group="patient", seed=seed)
    tables = [table for table in (data.train, data.validation, data.test) if table is not None]
    assert sorted(line for table in tables for line in table.line.tolist()) == list(range(2, len(rows) + 2))
    for keys in ([set(normal_keys(t, ["text"])) for t in tables], [set(t.column("patient")) for t in tables]):
        assert sum(map(len, keys)) == len(set().union(*keys))
    again = assembled(validation=0.2, test=0.2, group="patient", seed=seed)
    assert again.audit == data.audit and again.train.columns == data.train.columns


def test_a_hundred_thousand_rows(put, assembled):
    """Anything that compares rows with rows would take hours here."""
    put("train.csv", _csv(*((f"text number {row} and some more words", f"c{row % 50}") for row in range(100_000))))
    started = time.process_time()
    data = assembled(validation=0.1, test=0.2)
    assert time.process_time() - started < 8.0
    assert len(data.train) == 70_000
