"""Where the runs that are hit stand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import Watcher, place_run, verified_in_process, weights

from tunewright.errors import Stopped
from tunewright.pipeline import train
from tunewright.recipe import Recipe
from tunewright.training import loop

KILLS = {"full": 80, "lora": 70, "lanes": 50}
"""At least so many of each method; `lanes` is full training by two threads."""
STOPS = 4


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


@dataclass(frozen=True)
class Ordeals:
    """Trainings that are killed, stopped and crowded: a process for each method, which forks one child an attempt.

    Attributes:
        processes: by method; they run beside each other.
        folder: where each leaves `METHOD.json`, and `METHOD.log` for what went wrong.
    """

    processes: dict[str, subprocess.Popen[bytes]]
    folder: Path

    def __call__(self, method: str) -> dict[str, Any]:
        """What came of one method's trials."""
        status = self.processes[method].wait(timeout=900)  # seconds of a crowded machine; some 60 on two quiet cores
        assert status == 0, (self.folder / f"{method}.log").read_text(encoding="utf-8")[-3000:]
        found: dict[str, Any] = json.loads(
            (self.folder / f"{method}.json").read_text(encoding="utf-8").splitlines()[-1]
        )
        return found | {"asked": KILLS[method]}


@pytest.fixture(scope="session")
def ordeals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordeals]:
    """All methods' trials, begun at the same time and ended when the tests are."""
    folder = tmp_path_factory.mktemp("ordeals")
    tests = Path(__file__).parents[1]
    places = os.pathsep.join([str(tests / "support"), str(tests.parent), os.environ.get("PYTHONPATH", "")])
    settings = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": places}
    processes = {}
    for method, kills in KILLS.items():
        (folder / method).mkdir()
        script = [str(Path(__file__).with_name("forked_runs.py")), str(folder / method), method]
        with (folder / f"{method}.json").open("wb") as out, (folder / f"{method}.log").open("wb") as log:
            processes[method] = subprocess.Popen(
                [sys.executable, *script, "0", str(kills), str(STOPS)],
                env=os.environ | settings,
                stdout=out,
                stderr=log,
            )
    yield Ordeals(processes, folder)
    for process in processes.values():
        process.kill()
        process.wait()


@pytest.fixture(params=KILLS)
def ordeal(ordeals: Ordeals, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What came of each method's trials."""
    return ordeals(request.param)


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
