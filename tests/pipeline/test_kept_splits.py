"""Splits, space and audit must come back from disk as they went there."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from tiny_runs import SHARED

from tunewright.errors import RunError
from tunewright.pipeline import kept_splits as module
from tunewright.pipeline.kept_splits import begin_rows, open_splits, seal_splits, write_split
from tunewright.records import Audit
from tunewright.tasks import Space
from tunewright.tasks.classify import Classify


def alike(one, two) -> bool:
    """Every field of two dataclasses, arrays by type and content, tables by cells."""
    if isinstance(one, np.ndarray):
        return one.dtype == two.dtype and np.array_equal(one, two)
    if is_dataclass(one) and not isinstance(one, type):
        return all(alike(getattr(one, field.name), getattr(two, field.name)) for field in fields(one))
    if isinstance(one, dict):
        return list(one) == list(two) and all(alike(one[name], two[name]) for name in one)
    if hasattr(one, "__len__") and not isinstance(one, str):
        return list(one) == list(two)
    return one == two


def keep(folder, found) -> None:
    described = {}
    for split in (found.train, found.validation, found.test):
        rows = begin_rows(folder, split.name)
        rows.add(split.encoded)
        described[split.name] = {"rows": rows.close(), **write_split(folder, split.name, split.table, split.truth)}
    seal_splits(folder, described, found.space, found.audit)


@pytest.mark.parametrize("name", sorted(SHARED))
def test_all_tasks_and_inputs_come_back(prepared, tmp_path, name):
    """A target that is read back in another shape or type trains another model."""
    found = prepared(name)
    keep(tmp_path, found)
    splits, space, audit = open_splits(tmp_path, found.parts.task, found.recipe.data.target)
    assert space == found.space and audit == found.audit
    for split in (found.train, found.validation, found.test):
        assert alike(split, splits[split.name])


def test_truth_and_space_of_another_kind_are_made_again(prepared, tmp_path, monkeypatch):
    """A task of another package may call anything its truth; it must not be lost, and not stop the run."""
    found = prepared("full")
    monkeypatch.setattr(module, "_write_truth", lambda place, truth: None)
    monkeypatch.setattr(module, "_space_as_json", lambda space: None)
    keep(tmp_path, found)
    splits, space, _ = open_splits(tmp_path, found.parts.task, found.recipe.data.target)
    assert space == found.space
    assert alike(splits["test"], found.test)


def test_every_field_of_a_space_is_kept(tmp_path):
    """A field that is lost comes back with its default, and the model's outputs mean something else."""
    seal_splits(tmp_path, {}, Space("number", ("a", "b"), (1, 2), 0.1 + 0.2, 3.0), _audit())
    assert open_splits(tmp_path, Classify(), "a")[1] == Space("number", ("a", "b"), (1, 2), 0.1 + 0.2, 3.0)


def test_an_index_of_something_else_is_refused(tmp_path):
    """Half an index must not be half a data set."""
    seal_splits(tmp_path, {"train": {}}, Space("number", ("a",)), _audit())
    with pytest.raises(RunError, match=r"splits\.json"):
        open_splits(tmp_path, Classify(), "a")


def _audit():
    return Audit(files=(), task="classify", inputs={}, target="a", splits=())
