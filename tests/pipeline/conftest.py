"""Finished runs, and what stands before one, shared by the tests of this room."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_runs import SharedRuns, place_run

from tunewright.pipeline.prepare import Prepared, prepare
from tunewright.recipe import Recipe
from tunewright.training.observer import Silent


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SharedRuns:
    return SharedRuns(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def prepared(runs: SharedRuns) -> Callable[[str], Prepared]:
    """What training starts from, for a run of `SHARED` by name; made once, not to be changed."""
    return functools.cache(lambda name: prepare(Recipe.read(runs.recipe(name)), Silent()))


@pytest.fixture
def placed(tmp_path: Path) -> Callable[..., Recipe]:
    """A recipe on 64 rows in the test's own folder; its run goes to `run` beside it."""
    return lambda **changes: Recipe.read(place_run(tmp_path, **changes))
