"""The key of prepared data changes with all that decides it, and with nothing else."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_media import MediaTrial
from tiny_models import tiny_tokenizer

from tunewright.models.source import Source
from tunewright.pipeline import store_key as module
from tunewright.pipeline.store_key import files_of, same_files, store_key


@pytest.fixture
def key(placed, tmp_path):
    def of(limit: int = 64, **changes) -> str:
        recipe = placed(**changes)
        found = store_key(recipe, files_of(recipe), Source("tiny", str(tmp_path / "tiny")).tokenizer(), limit)
        assert found is not None and len(found) == 32
        return found

    return of


def test_what_changes_no_row_keeps_the_key(key):
    """A search over learning rates and losses must not encode the same rows again for each of its runs."""
    assert key() == key()
    same = [
        {"training__learning_rate": 1e-3}, {"training__epochs": 9}, {"method": "lora"}, {"output": "elsewhere"},
        {"task": {"kind": "classify", "loss": "focal"}}, {"evaluation": ["memory"]},
    ]  # fmt: skip
    assert {key(**changes) for changes in same} == {key()}


@pytest.mark.parametrize(
    "changes",
    [
        {"data__inputs": {"text": "place"}},
        {"data__inputs": {"text": "place", "pair": "review"}},
        {"data__target": "place"},
        {"data__test": 0.3},
        {"data__validation": None},
        {"data__limit": 20},
        {"data__group": "place"},
        {"data__on_leak": "keep"},
        {"data__on_bad_row": "skip"},
        {"data__on_long": "error"},
        {"data__encoding": "utf-8"},
        {"data__delimiter": ","},
        {"data__quoting": True},
        {"training__seed": 1},
        {"task": "multilabel", "data__target": "marks"},
        {"limit": 16},
    ],
    ids=str,
)
def test_a_field_that_decides_rows_changes_the_key(key, changes):
    """Under the same key the second run would train on the rows of the first recipe."""
    assert key(**changes) != key()


def test_one_byte_of_the_data_changes_the_key(key, tmp_path):
    """Size and time of a file can stay the same when its content does not."""
    before = key()
    data = tmp_path / "reviews.csv"
    stat, raw = data.stat(), bytearray(data.read_bytes())
    raw[-3] = raw[-3] ^ 1
    data.write_bytes(raw)
    os.utime(data, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert key() != before


@pytest.mark.parametrize("change", ["merge", "case", "padding"])
def test_another_tokenizer_changes_the_key(key, tmp_path, change):
    """Tokens of another vocabulary are other words for the same numbers."""
    before = key()
    file = tmp_path / "tiny" / ("tokenizer_config.json" if change == "padding" else "tokenizer.json")
    page = json.loads(file.read_text())
    if change == "merge":
        vocab = page["model"]["vocab"]
        vocab["good"], vocab["bad"] = vocab["bad"], vocab["good"]
    elif change == "case":
        page["normalizer"]["lowercase"] = False
    else:
        page["padding_side"] = "left"
    file.write_text(json.dumps(page))
    assert key() != before


def test_other_versions_and_other_code_change_the_key(key, monkeypatch):
    """A corrected reader must not go on with what the faulty one has kept."""
    before = key()
    monkeypatch.setattr(module.importlib.metadata, "version", lambda name: "99")
    assert key() != before
    monkeypatch.undo()
    monkeypatch.setattr(module, "_own_code", lambda: "other")
    assert key() != before


def test_files_that_are_none_have_no_key(placed, tmp_path):
    """What is wrong with them is for the reader to say, in its own words."""
    recipe = placed()
    assert files_of(recipe)["train"][0][0].endswith("reviews.csv")
    (tmp_path / "reviews.csv").unlink()
    assert files_of(recipe) is None
    assert files_of(placed(data__train="hub://imdb")) is None


def test_a_folder_is_known_by_all_its_files(placed, tmp_path):
    """A text added to a folder of classes is new data."""
    for name in ("good", "bad"):
        (tmp_path / "texts" / name).mkdir(parents=True)
        (tmp_path / "texts" / name / "1.txt").write_text(name)
    recipe = placed(data__train="texts", data__inputs={"text": "text"}, data__target="label")
    before = files_of(recipe)
    assert len(before["train"]) == 2
    (tmp_path / "texts" / "good" / "2.txt").write_text("more")
    assert files_of(recipe) != before


def test_a_file_that_changes_while_it_is_read_is_noticed(placed, tmp_path, prepared):
    """Kept under the hash of its earlier content, the mixture would be found by every later run."""
    recipe = placed()
    files = files_of(recipe)
    audit = prepared("full").audit
    renamed = [file.model_copy(update={"sha256": files["train"][0][2]}) for file in audit.files]
    assert same_files(files, audit.model_copy(update={"files": tuple(renamed)}), recipe)
    with (tmp_path / "reviews.csv").open("a") as stream:
        stream.write("one more,red,happy,,1\n")
    other = [file.model_copy(update={"sha256": "0" * 64}) for file in audit.files]
    assert not same_files(files, audit.model_copy(update={"files": tuple(other)}), recipe)


def test_a_picture_with_its_text_is_known_by_both(placed):
    """Rows of one tokenizer opened for another would be other words."""
    clip, siglip = MediaTrial("clip").tokenizer, MediaTrial("siglip").tokenizer
    recipe = placed()
    keys = [store_key(recipe, files_of(recipe), tool, 24) for tool in (clip, siglip)]
    other = replace(clip, tokenizer=tiny_tokenizer())
    keys.append(store_key(recipe, files_of(recipe), other, 24))
    assert None not in keys and len(set(keys)) == 3
    assert store_key(recipe, files_of(recipe), replace(clip, tokenizer=object()), 24) is None


def test_code_that_decides_rows_is_in_the_key() -> None:
    """Danger: a room that reads cells is added, its code changes, and rows of the old code are taken for those of the
    new."""
    package = Path(module.__file__).parents[1]
    rooms = {room for name in ("cells", "data", "inputs") for room in _imported(package / name)}
    assert rooms - {"errors", "models"} <= set(module._ROOMS)
    assert "cells" in rooms, "the search finds nothing"


def _imported(room: Path) -> set[str]:
    """Rooms of the package that a room's files import from."""
    pages = [file.read_text(encoding="utf-8") for file in room.rglob("*.py")]
    return {found for page in pages for found in re.findall(r"^from tunewright\.(\w+)", page, re.M)}
