"""From recipe to rows of tokens, with everything that was found on the way."""

from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np
import pytest
from tiny_runs import Watcher, place_run, review_columns, verified_in_process, weights, write_csv

from tunewright.errors import DataError, RecipeError
from tunewright.pipeline import prepare as module
from tunewright.pipeline import train
from tunewright.pipeline.fingerprint import fingerprint
from tunewright.pipeline.parts import Parts
from tunewright.pipeline.prepare import prepare, refuse_errors
from tunewright.pipeline.store import kept
from tunewright.recipe import Recipe
from tunewright.training.observer import Silent


def codes(found) -> dict[str, str]:
    return {finding.code: finding.severity for finding in found.audit.findings}


def test_the_parts_are_those_of_the_recipe(placed):
    """The code works with types; the recipe holds parts."""
    parts = Parts.of(placed(method="lora", task="multilabel"))
    assert (parts.inputs.kind, parts.task.kind, parts.method.kind) == ("text", "multilabel", "lora")


def test_tokens_and_targets_stand_row_by_row(prepared):
    """A shift by one row between texts and labels trains, badly, without an error."""
    found = prepared("full")
    for split in (found.train, found.validation, found.test):
        assert len(split.table) == len(split.encoded) == len(split.truth) == len(split)
        for row in range(len(split)):
            ids = split.encoded.collate([row])["input_ids"][0].tolist()
            assert ids == found.tokenizer(split.table.columns["review"][row])["input_ids"]
            assert found.space.names[split.truth[row]] == split.table.columns["mood"][row]
    assert [len(s) for s in (found.train, found.validation, found.test)] == [72, 24, 24]


def test_labels_come_from_the_training_rows_alone(prepared):
    """Seen from the test rows, a label would have an output that nothing ever trained."""
    assert prepared("full").space.names == ("angry", "happy")
    assert sum(prepared("full").space.counts) == 72


def test_the_observer_is_told(placed):
    """A large file takes minutes here."""
    watcher = Watcher()
    prepare(placed(), watcher)
    assert watcher.phases == ["Reading the data", "Encoding"]


def test_what_the_length_limit_costs_is_counted(placed):
    """Cut texts are the harm that no tool tells of."""
    found = prepare(placed(data__max_length=6), Silent())
    lengths = found.audit.lengths
    full = np.concatenate([split.encoded.full_lengths for split in (found.train, found.validation, found.test)])
    assert lengths.limit == 6
    assert lengths.over_limit == int((full > 6).sum()) > 0
    assert lengths.tokens_lost == int(np.maximum(full - 6, 0).sum())
    assert (lengths.minimum, lengths.maximum, lengths.rows) == (full.min(), full.max(), 64)
    assert sum(lengths.counts) == 64
    assert codes(found)["long"] == "warning"
    assert any(str(lengths.tokens_lost) in finding.title for finding in found.audit.findings if finding.code == "long")


def test_long_rows_can_be_refused_instead(placed):
    """`on_long: error` is for those who must not lose a word."""
    found = prepare(placed(data__max_length=6, data__on_long="error"), Silent())
    assert codes(found)["long"] == "error"
    with pytest.raises(DataError, match=r"data\.on_long=cut"):
        refuse_errors(found.audit)


def test_a_model_of_another_language_is_noticed(placed, tmp_path):
    """A tokenizer that knows none of the characters turns every text into the same row of unknowns."""
    columns = review_columns()
    columns["review"] = [f"我要退款，第{row}号" for row in range(64)]
    recipe = placed()
    write_csv(tmp_path / "reviews.csv", columns)
    found = prepare(recipe, Silent())
    assert codes(found)["unknown_tokens"] == "warning"
    assert found.audit.lengths.unknown_tokens > 64
    refuse_errors(found.audit)


def test_faults_are_refused_together_with_their_places_and_the_way_out(placed, tmp_path):
    """All of them at once, by file and line, without a word of the texts."""
    recipe, columns = placed(), review_columns()
    columns["mood"][3] = ""
    columns["review"][5] = ""
    write_csv(tmp_path / "reviews.csv", columns)
    with pytest.raises(DataError) as caught:
        refuse_errors(prepare(recipe, Silent()).audit)
    said = str(caught.value)
    assert "reviews.csv:5" in said
    assert "reviews.csv:7" in said
    assert "data.on_bad_row=skip" in said
    assert not any(text in said for text in columns["review"] if text)
    refuse_errors(prepare(placed(data__on_bad_row="skip"), Silent()).audit)


def test_nothing_left_to_train_on(placed, tmp_path):
    """Every row at fault: the faults are the message, not an empty matrix."""
    recipe = placed()
    write_csv(tmp_path / "reviews.csv", review_columns() | {"mood": [""] * 64})
    with pytest.raises(DataError, match=r"reviews\.csv:2"):
        prepare(recipe, Silent())
    with pytest.raises(DataError) as caught:
        prepare(placed(data__on_bad_row="skip"), Silent())
    assert "or leave them out" not in str(caught.value), "they are left out already"


def test_longer_than_the_model_can_read_is_a_recipes_error(placed):
    """Positions beyond the table crash in the middle of an epoch."""
    with pytest.raises(RecipeError, match=r"data\.max_length"):
        prepare(placed(data__max_length=600), Silent())


EARLIER = "Using the data prepared by an earlier run"


def test_a_second_start_trains_the_same_to_the_bit(tmp_path, placed, monkeypatch):
    """What is kept must be exactly what was prepared: rows, order, targets, audit, and so every weight."""
    changes = {"training__epochs": 1, "data__limit": 20}
    found = {}
    for name in ("first", "second", "without"):
        if name == "without":
            monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", "0")
        recipe, watcher = placed(output=str(tmp_path / name), **changes), Watcher()
        prints = fingerprint(prepare(recipe, Silent())) if name != "first" else ""
        with verified_in_process():
            train(recipe, observer=watcher)
        assert (EARLIER in watcher.phases) == (name == "second")
        audit = (tmp_path / name / "audit.json").read_text()
        found[name] = (weights(tmp_path / name), audit.partition('"forecast"')[0], prints)
    monkeypatch.delenv("TUNEWRIGHT_CACHE_GIB")
    assert found["first"][:2] == found["second"][:2] == found["without"][:2]
    assert found["second"][2] == found["without"][2] != ""
    assert len(kept()) == 1


def test_a_second_start_reads_no_row(placed, monkeypatch):
    """A store that is opened and then prepared anew all the same would be slower than none."""
    prepare(placed(), Silent())
    monkeypatch.setattr(module, "assemble", pytest.fail)
    watcher = Watcher()
    again = prepare(placed(), watcher)
    assert EARLIER in watcher.phases and len(again.train) > 0


def test_damage_is_said_and_prepared_anew(placed):
    """A flipped bit must neither be trained on nor stop the run."""
    first = prepare(placed(), Silent())
    file = kept()[0].folder / "train" / "rows" / "ids"
    raw = bytearray(file.read_bytes())
    raw[0] ^= 1
    file.write_bytes(raw)
    watcher = Watcher()
    again = prepare(placed(), watcher)
    assert any("damaged" in note for note in watcher.notes) and EARLIER not in watcher.phases
    assert np.array_equal(again.train.encoded.ids, prepare(placed(), Silent()).train.encoded.ids)
    assert fingerprint(again) == fingerprint(prepare(placed(), Silent()))
    assert again.audit == first.audit


@pytest.mark.parametrize("where", ["file", "full"])
def test_a_cache_that_cannot_be_written_is_done_without(placed, tmp_path, monkeypatch, where):
    """A full or locked cache is no reason not to train."""
    if where == "file":
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("TUNEWRIGHT_CACHE", str(tmp_path / "file"))
    else:

        def full(*given, **named):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(module, "seal_splits", full)
    watcher = Watcher()
    assert len(prepare(placed(), watcher).train) > 0
    assert any("not kept" in note for note in watcher.notes)


def test_data_with_errors_is_refused_from_the_store_too(placed, tmp_path):
    """Errors that are only told once would be trained on by whoever types the command again."""
    recipe = placed()
    with (tmp_path / "reviews.csv").open("a") as stream:
        stream.write("no label,red,,,1\n")
    for _ in range(2):
        with pytest.raises(DataError, match="no label"):
            refuse_errors(prepare(recipe, Silent()).audit)


KILLED = """
import os, signal, sys
from tunewright.inputs.kept_rows import RowsWriter
from tunewright.pipeline import prepare as module
from tunewright.recipe import Recipe
from tunewright.training.observer import Silent
module.SHARD_ROWS = 8
usual, left = RowsWriter.add, int(sys.argv[2])
def add(self, shard):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    usual(self, shard)
RowsWriter.add = add
module.prepare(Recipe.read(sys.argv[1]), Silent())
"""


@pytest.mark.parametrize("shards", [2, 6])
def test_a_kill_in_the_middle_keeps_the_finished_shards(tmp_path, monkeypatch, shards):
    """Hours of encoding must not begin at nothing; and what is gone on with must be what a whole run makes."""
    page = place_run(tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(page), str(shards)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert kept()[0].finished is False
    monkeypatch.setattr(module, "SHARD_ROWS", 8)
    watcher, recipe = Watcher(), Recipe.read(page)
    resumed = prepare(recipe, watcher)
    going_on = [note for note in watcher.notes if note.startswith("Going on after")]
    assert going_on[0] == f"Going on after {min(shards * 8, len(resumed.train))} rows that an earlier run has encoded."
    assert [one.finished for one in kept()] == [True]
    monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", "0")
    whole = prepare(recipe, Silent())
    assert fingerprint(resumed) == fingerprint(whole) and resumed.audit == whole.audit
