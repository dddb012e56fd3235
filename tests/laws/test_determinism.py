"""The same recipe gives the same bytes in processes that share nothing: docs/guides/same-run-twice.md, rung 4."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_runs import place_run, verified_in_process

from tunewright.models.device import thread_count
from tunewright.pipeline import fit
from tunewright.pipeline.stages import train
from tunewright.recipe import Recipe
from tunewright.records import Provenance, read_record
from tunewright.training.state import read_progress

_TRAIN = """
import json, sys
from tiny_runs import verified_in_process, weights
from tunewright.pipeline import train
from tunewright.recipe import Recipe
with verified_in_process():
    run = train(Recipe.read(sys.argv[1], ["output=" + sys.argv[2]]))
print(json.dumps({name: digest for name, digest in weights(run.folder.path).items() if name.startswith("model/")}))
"""


@pytest.fixture
def quick():
    """The saved model is opened in this process."""
    with verified_in_process():
        yield


def bytes_of(page: Path, output: Path, **environment: str) -> dict[str, str]:
    """Hashes of the model that a process of its own trains."""
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN, str(page), str(output)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_two_processes_train_the_same_bytes(tmp_path: Path) -> None:
    """Danger: an order that comes from a hash, or a sum that depends on which kernel happens to be in a cache."""
    page = place_run(tmp_path, training__dropout=0.1, training__precision="bf16", training__max_steps=4)
    small = {"LRU_CACHE_CAPACITY": "1", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "1", "PYTHONHASHSEED": "1"}
    large = {"LRU_CACHE_CAPACITY": "1024", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "1024", "PYTHONHASHSEED": "2"}
    one = bytes_of(page, tmp_path / "one", **small)
    assert "model/model.safetensors" in one
    assert bytes_of(page, tmp_path / "two", **large) == one


@pytest.mark.usefixtures("quick")
def test_threads_and_precision_are_written_down(tmp_path: Path) -> None:
    """Danger: two runs differ in their last bits and nothing says why."""
    run = train(Recipe.read(place_run(tmp_path, training__max_steps=2)))
    provenance = read_record(run.folder.provenance, Provenance)
    progress = read_progress(run.folder.checkpoint(2))
    assert provenance.machine.threads == progress.threads == thread_count(1)
    assert provenance.precision == progress.precision == "fp32"


@pytest.mark.usefixtures("quick")
def test_a_resumed_run_keeps_the_precision_it_began_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: `auto` measures anew on a busier machine, and the second half of the run is another run."""
    page = place_run(tmp_path, training__max_steps=2, training__precision="auto", training__checkpoint_every=1)
    asked = Recipe.read(page)
    monkeypatch.setattr(fit, "choose_precision", lambda *a: fit.Precision("fp32", "measured"))
    began = train(asked)
    monkeypatch.setattr(fit, "choose_precision", lambda *a: fit.Precision("bf16", "measured otherwise"))
    again = train(asked, resume=True)
    assert read_record(began.folder.provenance, Provenance).precision == "fp32"
    assert read_record(again.folder.provenance, Provenance).precision == "fp32"
    assert "began with" in read_record(again.folder.provenance, Provenance).precision_reason
