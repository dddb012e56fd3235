"""From recipe to rows of tokens, with everything that was found on the way."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_runs import Watcher, review_columns, write_csv

from tunewright.errors import DataError, RecipeError
from tunewright.pipeline.prepare import Parts, prepare, refuse_errors
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
