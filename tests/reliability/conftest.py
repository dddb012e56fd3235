"""Where the runs that are hit stand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import Watcher, place_run, verified_in_process, weights

from tunewright.errors import Stopped
from tunewright.pipeline import train
from tunewright.recipe import Recipe

KILLS, STOPS = 30, 8


@dataclass(frozen=True)
class Begun:
    """A run that was begun.

    Attributes:
        recipe: of the run.
        folder: the run after its stop; to be copied, not changed.
        expected: weights that the run must end with.
    """

    recipe: Recipe
    folder: Path
    expected: dict[str, str]

    def copy(self, to: Path) -> Recipe:
        """A run of one's own to damage, and the recipe that goes on with it."""
        shutil.copytree(self.folder, to)
        return self.recipe.changed(output=str(to))

    def go_on(self, recipe: Recipe) -> Watcher:
        """Resume to the end; answers what was said."""
        watcher = Watcher()
        with verified_in_process():
            train(recipe, resume=True, observer=watcher)
        return watcher


@pytest.fixture(scope="session")
def ordeal(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of trainings that were killed, stopped and crowded, in a process that forks one child an attempt."""
    script = Path(__file__).with_name("forked_runs.py")
    folder = tmp_path_factory.mktemp("ordeal")
    support = Path(__file__).parents[1] / "support"
    settings = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": str(support)}
    done = subprocess.run(
        [sys.executable, str(script), str(folder), "0", str(KILLS), str(STOPS)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"asked": KILLS}


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """A training of 15 steps that was stopped after step 9, and the weights of one that was not."""
    folder = tmp_path_factory.mktemp("begun")
    recipe = Recipe.read(place_run(folder, training__dropout=0.1, training__checkpoint_every=2))
    with verified_in_process():
        whole = train(recipe.changed(output=str(folder / "whole")))
        stopped = folder / "stopped"
        watcher = Watcher({9: lambda: signal.raise_signal(signal.SIGTERM)})
        with pytest.raises(Stopped):
            train(recipe.changed(output=str(stopped)), observer=watcher)
    return Begun(recipe, stopped, weights(whole.folder.path))
