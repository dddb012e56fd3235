"""Public tagged sets as they are found."""

from __future__ import annotations

import pytest

from tunewright.data.conll import looks_like_conll
from tunewright.data.dataset import assemble
from tunewright.data.guess import guess
from tunewright.data.reading import read
from tunewright.recipe import Data


@pytest.mark.parametrize(
    ("name", "rows", "tokens"),
    [
        ("wnut17/wnut17train.conll", 3394, 62730),
        ("wnut17/emerging.dev.conll", 1009, 15733),
        ("wnut17/emerging.test.annotated", 1287, 23394),
        ("ncbi_disease/train.tsv", 5424, 135701),
        ("ncbi_disease/devel.tsv", 923, 23969),
        ("ncbi_disease/test.tsv", 940, 24497),
    ],
)
def test_every_sentence_and_word_is_read(real_data, name: str, rows: int, tokens: int) -> None:
    """Danger: wnut17's training file parts sentences by lines that hold a tab, its test file ends in .annotated, and
    ncbi's .tsv is no table: read as such, 135,701 rows of one word each."""
    table = read(real_data / name, role="train")
    assert (len(table), sum(map(len, table.columns["tokens"]))) == (rows, tokens)
    assert not table.faults
    assert guess(table).task == "tag"


def test_other_sets_are_no_tagged_files(real_data) -> None:
    """Danger: a table of rows taken for words."""
    for name in ("stsb", "tatoeba_en_zh", "trec", "banking77", "movie_reviews_polarity", "wikitext2"):
        for file in sorted((real_data / name).rglob("*")):
            assert not file.is_file() or not looks_like_conll(file.read_bytes()), file


@pytest.mark.parametrize(
    ("folder", "files", "types"),
    [
        ("wnut17", ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"), 6),
        ("ncbi_disease", ("train.tsv", "devel.tsv", "test.tsv"), 1),
    ],
)
def test_their_entities_are_all_there(real_data, folder: str, files: tuple[str, str, str], types: int) -> None:
    """Danger: entities lost on the way; counted here from the raw lines, whose B tags begin one each."""
    train, validation, test = files
    splits = {"train": train, "validation": validation, "test": test}
    data = Data(**splits, inputs={"tokens": "tokens"}, target="tags", on_leak="keep")
    found = assemble(
        data,
        input_columns=("tokens",),
        inputs={"tokens": "tokens"},
        task="tag",
        target_kind="entities",
        locate=lambda name: real_data / folder / name,
        seed=0,
    )
    assert not found.audit.errors
    assert len(found.audit.classes) == types
    for name, file in splits.items():
        lines = (real_data / folder / file).read_text(encoding="utf-8").split("\n")
        wanted = sum("\tB-" in line for line in lines)
        assert sum(getattr(one, name) for one in found.audit.classes) == wanted
