"""Tagged columns: one form for all, and every fault with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunewright.data.dataset import assemble
from tunewright.data.entities import entities_of
from tunewright.data.tagged_columns import as_list, entity_cell
from tunewright.errors import DataError
from tunewright.recipe import Data


def test_cells_of_words_and_of_text() -> None:
    """Places over words count words, those over text characters."""
    assert entity_cell(("B-x", "I-x", "O"), ("a", "b", "c"), "BIO") == ("0:2:x",)
    assert entity_cell("O S-x", "a b", "BMES") == ("1:2:x",)
    assert entity_cell('[[0, 4, "x"]]', "Anna", None) == ("0:4:x",)
    assert as_list("a b") == ("a", "b")
    assert as_list("") == ""


@pytest.mark.parametrize(
    ("cell", "read", "said"),
    [
        (("O",), ("a", "b"), "2 tokens and 1 tags"),
        (("O", "O"), ("a", ""), "empty token, number 2"),
        (("O", "I-x"), ("a", "b"), "without a B-x"),
    ],
)
def test_rows_at_fault(cell: object, read: object, said: str) -> None:
    """A tag too few shifts every label behind it."""
    with pytest.raises(ValueError, match=said):
        entity_cell(cell, read, "BIO")


def tagged(folder: Path, name: str, *sentences: str):
    """A file of `word/TAG word/TAG` sentences, and what is made of it."""
    lines = [["\t".join(pair.rsplit("/", 1)) for pair in sentence.split()] for sentence in sentences]
    (folder / name).write_text("\n\n".join("\n".join(words) for words in lines) + "\n", encoding="utf-8")
    return folder / name


def prepared(folder: Path, **fields):
    given = {"train": "train.conll", "validation": None, "test": None, "inputs": {"tokens": "tokens"}, "target": "tags"}
    return assemble(
        Data(**(given | fields)),
        input_columns=("tokens",),
        inputs={"tokens": "tokens"},
        task="tag",
        target_kind="entities",
        locate=lambda name: folder / name,
        seed=0,
    )


GOOD = ("Anna/B-PER Li/I-PER left/O", "Bob/B-PER came/O", "nobody/O", "in/O Rome/B-LOC")


def test_a_tagged_file_is_counted_in_entities(tmp_path: Path) -> None:
    """Classes counted in rows would say nothing of how often a type occurs."""
    tagged(tmp_path, "train.conll", *GOOD, "Anna/B-PER Bob/B-PER")
    found = prepared(tmp_path)
    assert {one.label: one.train for one in found.audit.classes} == {"PER": 4, "LOC": 1}
    assert entities_of(found.train.columns["tags"][0]) == [(0, 2, "PER")]
    assert found.train.columns["tags"][2] == ()
    scheme = next(one for one in found.audit.findings if one.code == "tag_scheme")
    assert "scheme BIO" in scheme.title
    assert not found.audit.errors


def test_a_scheme_is_converted_and_said(tmp_path: Path) -> None:
    """Never silently."""
    tagged(tmp_path, "train.conll", "Anna/I-PER Li/I-PER left/O", "Bob/I-PER Eve/B-PER")
    found = prepared(tmp_path)
    assert [entities_of(cell) for cell in found.train.columns["tags"]] == [
        [(0, 2, "PER")],
        [(0, 1, "PER"), (1, 2, "PER")],
    ]
    assert any("IOB1, and learned as BIO" in one.title for one in found.audit.findings)


def test_rows_at_fault_are_named_and_none_is_lost(tmp_path: Path) -> None:
    """An error with its line, or a skip that is reported."""
    tagged(tmp_path, "train.conll", *GOOD, "left/O Anna/I-PER")
    refused = prepared(tmp_path).audit.errors
    assert [(one.code, one.count) for one in refused] == [("bad_entities", 1)]
    assert refused[0].places[0].line == 13
    assert "tag 2 is I-PER without a B-PER before it" in refused[0].places[0].note
    skipped = prepared(tmp_path, on_bad_row="skip")
    assert len(skipped.train) == 4
    assert not skipped.audit.errors


def test_an_unknown_scheme_is_refused_with_rows(tmp_path: Path) -> None:
    """Bare labels without B and I do not say where one entity ends and the next begins."""
    tagged(tmp_path, "train.conll", "Anna/PER left/O", "Bob/PER came/O")
    with pytest.raises(DataError) as caught:
        prepared(tmp_path)
    said = str(caught.value)
    assert "no known scheme: 'PER'" in said
    assert "B-PER" in said
    assert "train.conll:4" in said


def test_files_of_two_schemes_are_refused(tmp_path: Path) -> None:
    """Trained on one reading and measured on another."""
    tagged(tmp_path, "train.conll", *GOOD)
    tagged(tmp_path, "test.conll", "Anna/B-PER Li/E-PER left/O Rome/S-LOC", "x/B-PER y/M-PER z/E-PER")
    with pytest.raises(DataError, match="mix schemes"):
        prepared(tmp_path, test="test.conll")


def test_a_type_that_only_test_has_is_at_fault(tmp_path: Path) -> None:
    """No model can find what it never saw."""
    tagged(tmp_path, "train.conll", *GOOD)
    tagged(tmp_path, "test.conll", "Anna/B-PER", "aspirin/B-DRUG")
    found = prepared(tmp_path, test="test.conll")
    assert [(one.code, one.count) for one in found.audit.errors] == [("unseen_label", 1)]
