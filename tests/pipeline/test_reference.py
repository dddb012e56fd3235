"""The reference is computed once, and is what the model said before."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tiny_models import tiny_chat_folder
from tiny_runs import Watcher

from tunewright.pipeline.prepare import prepare
from tunewright.pipeline.reference import with_reference
from tunewright.recipe import Recipe


def test_it_is_computed_once_and_found_again(tmp_path, monkeypatch):
    """Danger: a resumed run measures from its half-trained model, or from other figures than it began with."""
    monkeypatch.setenv("TUNEWRIGHT_CACHE", str(tmp_path / "cache"))
    tiny_chat_folder(tmp_path / "tiny")
    lines = [{"prompt": f"good {n}", "chosen": f"fine {n}", "rejected": f"bad story {n}"} for n in range(20)]
    Path(tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    inputs = {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"}
    recipe = Recipe(
        model=str(tmp_path / "tiny"), data={"train": str(tmp_path / "a.jsonl"), "inputs": inputs}, task="prefer"
    )
    first, again = Watcher(), Watcher()
    prepared = with_reference(prepare(recipe, first), first)
    assert any("before the training" in phase for phase in first.phases)
    assert (prepared.train.truth < 0).all() and prepared.train.truth.shape == (len(prepared.train), 2)
    other = with_reference(prepare(recipe, again), again)
    assert not any("before the training" in phase for phase in again.phases)
    for name in ("train", "validation", "test"):
        assert np.array_equal(getattr(prepared, name).truth, getattr(other, name).truth)
