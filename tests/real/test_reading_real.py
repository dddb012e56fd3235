"""Public data sets as they are found: every one of them has broken some reader."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tunewright.data.dataset import Dataset, assemble
from tunewright.data.guess import guess
from tunewright.data.reading import read
from tunewright.data.sameness import normal_keys
from tunewright.errors import DataError, UserError
from tunewright.recipe import Data

MEDICAL = "medical_departments_zh/样例_内科5000-6000.csv"


@pytest.fixture
def assembled(real_data):
    """Runs `assemble` on the public sets."""

    def run(train: str, inputs: dict[str, str], target: str, kind: str = "label", **fields) -> Dataset:
        data = Data(train=train, inputs=inputs, target=target, **({"validation": None, "test": None} | fields))
        return assemble(
            data,
            input_columns=tuple(inputs.values()),
            inputs=inputs,
            task={"label": "classify", "number": "regress"}[kind],
            target_kind=kind,
            locate=lambda name: real_data / name,
            seed=0,
        )

    return run


def _findings(data: Dataset) -> dict[str, int]:
    return {finding.code: finding.count for finding in data.audit.findings}


def test_banking77(real_data):
    """Quoted cells with line breaks: rows counted by lines would be too many, lines counted by rows wrong."""
    table = read(real_data / "banking77/train.csv", role="train")
    assert len(table) == 10_003 and table.faults == () and list(table.columns) == ["text", "category"]
    raw = (real_data / "banking77/train.csv").read_bytes().decode().split("\n")
    for line, text in zip(table.line.tolist(), table.columns["text"], strict=True):
        assert text.split("\n")[0].strip("\r") in raw[line - 1].replace('""', '"')
    assert sum("\n" in text for text in table.columns["text"]) == 10
    assert len(Counter(table.columns["category"])) == 77


def test_banking77_splits(assembled):
    """Seven training rows stand in the test file; 77 classes keep their shares; a draw takes well under a second."""
    started = time.process_time()
    data = assembled("banking77/train.csv", {"text": "text"}, "category", validation=0.1, test="banking77/test.csv")
    assert time.process_time() - started < 3.0
    assert _findings(data)["leak"] == 7 and data.audit.errors == ()
    assert (len(data.train), len(data.validation), len(data.test)) == (8996, 1000, 3080)
    assert len(data.audit.classes) == 77 and all(count.train and count.validation for count in data.audit.classes)
    known = set(normal_keys(data.train, ["text"])) | set(normal_keys(data.validation, ["text"]))
    assert not known & set(normal_keys(data.test, ["text"]))


def test_medical_departments(real_data, assembled):
    """GB18030, eleven departments from 3,121 rows to 18, and 378 rows that repeat an earlier one."""
    table = read(real_data / MEDICAL, role="train")
    assert (len(table), table.files[0].encoding, table.faults) == (7644, "gb18030", ())
    assert list(table.columns) == ["department", "title", "ask", "answer"]
    assert table.columns["department"][0] == "心血管科"
    data = assembled(MEDICAL, {"text": "title"}, "department", validation=0.1, test=0.2)
    found = _findings(data)
    assert found["duplicate"] == 378 and found["encoding"] == 1 and data.audit.errors == ()
    totals = [count.train + count.validation + count.test for count in data.audit.classes]
    assert (totals[0], totals[-1], len(totals)) == (3121, 18, 11)
    keys = [set(normal_keys(split, ["title"])) for split in (data.train, data.validation, data.test)]
    assert sum(map(len, keys)) == len(set.union(*keys))


def test_trec_is_no_table(real_data):
    """`COARSE:fine text` has no columns: said, not guessed."""
    with pytest.raises(UserError, match=r"ends in \.train"):
        read(real_data / "trec/TREC.train", role="train")
    with pytest.raises(DataError, match="one file a split"):
        read(real_data / "trec", role="train")


def test_imdb(assembled):
    """jsonl with long texts; one review stands in both files."""
    data = assembled("imdb_slice/train.jsonl", {"text": "text"}, "label", test="imdb_slice/test.jsonl")
    assert (len(data.train), len(data.test)) == (1999, 1000)
    assert _findings(data)["leak"] == 1 and data.audit.errors == ()


def test_stsb(real_data, assembled):
    """Tabs, quotes that are text, no line of names, and rows with two cells too many."""
    table = read(real_data / "stsb/sts-dev.tsv", role="train")
    raw = (real_data / "stsb/sts-dev.tsv").read_text(encoding="utf-8").split("\n")
    assert len(table) + len(table.faults) == 1500 and not table.files[0].quoting and not table.files[0].header
    assert all(
        raw[int(line) - 1].split("\t")[5] == text
        for line, text in zip(table.line, table.columns["column_6"], strict=True)
    )
    data = assembled(
        "stsb/sts-train.tsv",
        {"text": "column_6", "pair": "column_7"},
        "column_5",
        "number",
        validation="stsb/sts-dev.tsv",
        test="stsb/sts-test.tsv",
        on_bad_row="skip",
    )
    found = _findings(data)
    assert found["ragged"] == 503 and found["no_header"] == 3 and data.audit.errors == ()
    assert data.audit.target_histogram[0][0] == 0.0 and data.audit.target_histogram[-1][1] == 5.0


def test_waimai(assembled):
    """Labels 0 and 1 are names, 2 to 1."""
    data = assembled("waimai/waimai_10k.csv", {"text": "review"}, "label", test=0.2)
    assert [(count.label, count.train + count.test) for count in data.audit.classes] == [("0", 7987), ("1", 4000)]
    assert "imbalance" in _findings(data) and data.audit.errors == ()


def test_movie_reviews(real_data):
    """One file a class, told by the ending, beside a licence that is no class."""
    table = read(real_data / "movie_reviews_polarity", role="train")
    assert Counter(table.columns["label"]) == {"pos": 5331, "neg": 5331}
    assert table.place(0).file.endswith("rt-polarity.neg") and table.place(len(table) - 1).line == 5331


def test_pubmedqa(assembled, real_data):
    """JSON keyed by id, lists inside."""
    table = read(real_data / "pubmedqa/ori_pqal.json", role="train")
    assert len(table) == 1000 and table.columns["id"][0] == "21645374"
    assert isinstance(table.columns["CONTEXTS"][0], tuple)
    data = assembled("pubmedqa/ori_pqal.json", {"text": "QUESTION"}, "final_decision", test=0.2)
    assert [count.label for count in data.audit.classes] == ["yes", "no", "maybe"] and data.audit.errors == ()


def test_hatecheck(assembled):
    """A nameless first column, and cases that never part by their template."""
    data = assembled("hatecheck/test_suite_cases.csv", {"text": "test_case"}, "label_gold", test=0.2, group="templ_id")
    assert len(data.train) + len(data.test) == 3728 and data.audit.errors == ()
    assert not set(data.train.column("templ_id")) & set(data.test.column("templ_id"))
    assert 0.17 < len(data.test) / 3728 < 0.23


def test_every_table_reads_in_no_time(real_data):
    """The largest has 76,564 rows; nothing may be slower than a sip of tea."""
    for path in sorted([*real_data.glob("*/*.csv"), *real_data.glob("*/*.jsonl"), *real_data.glob("*/*.json")]):
        if path.name == "categories.json":
            continue
        started = time.process_time()
        table = read(path, role="train")
        assert time.process_time() - started < 3.0, path
        assert len(table) and table.faults == (), path
        assert np.all(np.diff(table.line) > 0), path


@pytest.mark.parametrize(
    ("path", "inputs", "target"),
    [
        ("banking77/train.csv", {"text": "text"}, "category"),
        (MEDICAL, {"text": "ask"}, "department"),
        ("waimai/waimai_10k.csv", {"text": "review"}, "label"),
        ("imdb_slice/train.jsonl", {"text": "text"}, "label"),
        ("hatecheck/test_suite_cases.csv", {"text": "test_case"}, "label_gold"),
        ("unintended_bias/en_sentence_templates.csv", {"text": "phrase"}, "toxicity"),
        ("unintended_bias/toxicity_fuzzed_testset.csv", {"text": "comment"}, "toxic"),
        ("pubmedqa/ori_pqal.json", {"text": "QUESTION"}, "final_decision"),
        ("movie_reviews_polarity", {"text": "text"}, "label"),
    ],
)
def test_guesses(real_data, path, inputs, target):
    """A recipe written by `init` should be right on what everybody uses."""
    found = guess(read(real_data / Path(path), role="train"))
    assert (found.inputs, found.target, found.task) == (inputs, target, "classify")


@pytest.mark.parametrize(
    ("path", "inputs", "target", "task"),
    [
        ("gsm8k/train.jsonl", {"prompt": "question", "response": "answer"}, "", "instruct"),
        ("instructions/alpaca_en_demo.json", {"prompt": "instruction + input", "response": "output"}, "", "instruct"),
        ("xquad/xquad.vi.json", {"question": "question", "context": "context"}, "answers", "answer"),
        ("cifar10_sample/train", {"image": "path"}, "label", "classify"),
        ("wikitext2/test.txt", {"text": "text"}, "", "masked"),
    ],
)
def test_guesses_of_other_tasks(real_data, path, inputs, target, task):
    """Questions with answers, pictures and running text are no texts with a label."""
    found = guess(read(real_data / path, role="train"))
    assert (found.inputs, found.target, found.task) == (inputs, target, task)
