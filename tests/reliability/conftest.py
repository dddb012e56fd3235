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
from tunewright.training import loop

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
    places = os.pathsep.join([str(support), os.environ.get("PYTHONPATH", "")])
    settings = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": places}
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


def best_at_step_ten(patch: pytest.MonkeyPatch) -> None:
    """Let validation like the weights of step 10 best, so that the best checkpoint is never the newest one."""
    usual = loop._judge

    def judge(job: Any, progress: Any, metrics: Any) -> Any:
        return usual(job, progress, dict(metrics) | {job.select_by: 0.9 if progress.step == 10 else 0.5})

    patch.setattr(loop, "_judge", judge)


@pytest.fixture(autouse=True)
def judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for everything that goes on with `begun`."""
    best_at_step_ten(monkeypatch)


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """A training of 15 steps that was stopped after step 9, and the weights of one that was not."""
    folder = tmp_path_factory.mktemp("begun")
    recipe = Recipe.read(place_run(folder, training__dropout=0.1, training__checkpoint_every=2))
    with verified_in_process(), pytest.MonkeyPatch.context() as patch:
        best_at_step_ten(patch)
        whole = train(recipe.changed(output=str(folder / "whole")))
        stopped = folder / "stopped"
        watcher = Watcher({9: lambda: signal.raise_signal(signal.SIGTERM)})
        with pytest.raises(Stopped):
            train(recipe.changed(output=str(stopped)), observer=watcher)
    return Begun(recipe, stopped, weights(whole.folder.path))
