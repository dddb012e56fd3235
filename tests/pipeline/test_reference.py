"""The reference is computed once, and is what the model said before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import tiny_chat_folder
from tiny_runs import Watcher

from tunewright.pipeline import reference
from tunewright.pipeline.fingerprint import fingerprint
from tunewright.pipeline.prepare import prepare
from tunewright.pipeline.reference import with_reference
from tunewright.recipe import Recipe


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """Pairs of answers for a tiny model, with a cache of their own."""
    monkeypatch.setenv("TUNEWRIGHT_CACHE", str(tmp_path / "cache"))
    tiny_chat_folder(tmp_path / "tiny")
    lines = [{"prompt": f"good {n}", "chosen": f"fine {n}", "rejected": f"bad story {n}"} for n in range(20)]
    Path(tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    inputs = {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"}
    return Recipe(
        model=str(tmp_path / "tiny"), data={"train": str(tmp_path / "a.jsonl"), "inputs": inputs}, task="prefer"
    )


def test_it_is_computed_once_and_found_again(recipe):
    """Danger: a resumed run measures from its half-trained model, or from other figures than it began with."""
    first, again = Watcher(), Watcher()
    prepared = with_reference(prepare(recipe, first), first)
    assert any("before the training" in phase for phase in first.phases)
    assert (prepared.train.truth < 0).all() and prepared.train.truth.shape == (len(prepared.train), 2)
    other = with_reference(prepare(recipe, again), again)
    assert not any("before the training" in phase for phase in again.phases)
    for name in ("train", "validation", "test"):
        assert np.array_equal(getattr(prepared, name).truth, getattr(other, name).truth)


def test_another_device_may_go_on(recipe):
    """Danger: the last digit of a log-probability, which differs between devices, refuses a resume."""
    prepared = with_reference(prepare(recipe, Watcher()), Watcher())
    moved = {
        name: replace(split, truth=split.truth + np.float32(1e-4))
        for name, split in (("train", prepared.train), ("test", prepared.test))
    }
    assert fingerprint(replace(prepared, **moved)) == fingerprint(prepared)
    marks = prepared.train.encoded.marks.copy()
    marks[3] = 1
    encoded = replace(prepared.train.encoded, marks=marks)
    assert fingerprint(replace(prepared, train=replace(prepared.train, encoded=encoded))) != fingerprint(prepared)


def test_the_key_knows_rows_splits_and_weights(recipe, monkeypatch):
    """Danger: figures of one split are taken for those of another of the same rows."""
    prepared = prepare(recipe, Watcher())
    key, train, test = reference._key, prepared.train, prepared.test
    known = key(prepared, {"train": train, "test": test})
    assert key(prepared, {"train": train, "test": test}) == known
    others = [
        key(prepared, {"train": train, "validation": test}),
        key(prepared, {"train": test, "test": train}),
        key(prepared, {"train": train}),
    ]
    monkeypatch.setattr(reference, "PRECISION", "bf16")
    others.append(key(prepared, {"train": train, "test": test}))
    assert len({known, *others}) == 5
