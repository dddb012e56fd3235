"""Both sides for once, on a tiny model."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from tiny_models import shared_language_folder
from tiny_runs import verified_in_process

from benchmarks.one_run import run_job
from benchmarks.point import GUIDE, Point
from benchmarks.work import METHODS, Work


@pytest.mark.parametrize("method", METHODS)
def test_both_sides_train_the_same_rows_and_learn(
    tiny_work: Work, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: a ratio of two trainings that are not the same work."""
    point = Point(4) if method != "full" else GUIDE
    job = {"work": asdict(tiny_work), "method": method, "seed": 0, "models": str(tmp_path), "measured": True}
    monkeypatch.setitem(METHODS, "freeze", {"kind": "freeze", "layers": 1})  # this model has two blocks
    with verified_in_process():
        ours = run_job(job | {"side": "ours"}, tmp_path)
    theirs = run_job(job | {"side": "trainer", "point": point.record()}, tmp_path)
    assert ours["rows"] == theirs["rows"]
    assert ours["figures"]["samples"] == theirs["figures"]["samples"] == 3 * 72
    assert ours["figures"]["steps"] == theirs["figures"]["steps"] == 27
    assert ours["flops"] == theirs["flops"]
    assert ours["test_rows"] == theirs["test_rows"] == 24
    assert (ours["figures"]["before_seconds"] > 0) is (method == "freeze"), "frozen layers are computed before the loop"
    for side in (ours, theirs):
        assert side["quality"]["accuracy"] > 0.6
        assert side["figures"]["tokens_per_second"] <= side["figures"]["computed_tokens_per_second"]
    assert not list(tmp_path.glob("training-*")), "what a training wrote is cleared away"


def test_tags_and_answers_are_the_same_work_on_both_sides(tiny_work: Work, tmp_path: Path) -> None:
    """Danger: labels that stand one token aside, or padding that is learned: the peer would do other work."""
    names, numbers = ("anna", "minh", "omar", "li"), range(80)
    words = [f"order\tO\n{n}\tO\nof\tO\n{names[n % 4]}\tB-PER\n" for n in numbers]
    (tmp_path / "tags.tsv").write_text("\n".join(words), encoding="utf-8")
    talk = [{"instruction": f"say {names[n % 4]} {n}", "output": f"{names[n % 4]} it is"} for n in numbers]
    (tmp_path / "talk.json").write_text(json.dumps(talk), encoding="utf-8")
    tags = {"train": str(tmp_path / "tags.tsv"), "test": 0.2, "inputs": {"tokens": "tokens"}, "target": "tags"}
    inputs = {"prompt": "instruction", "response": "output"}
    asked = {"train": str(tmp_path / "talk.json"), "test": 0.2, "inputs": inputs}
    sizes = {"rows": 64, "epochs": 1.0}
    losses = []
    for work in (
        replace(tiny_work, data=tags, task="tag", figure="f1", **sizes),
        replace(tiny_work, data=asked, task="instruct", model=str(shared_language_folder("llama")), **sizes),
    ):
        job = {"work": asdict(work), "method": "full", "seed": 0, "models": str(tmp_path), "measured": True}
        with verified_in_process():
            ours = run_job(job | {"side": "ours"}, tmp_path)
        theirs = run_job(job | {"side": "trainer", "point": Point(4).record()}, tmp_path)
        assert ours["rows"] == theirs["rows"]
        assert ours["figures"]["samples"] == theirs["figures"]["samples"] == 64
        losses.append([side["quality"]["loss"] for side in (ours, theirs)])
    for mine, peers in losses:  # what was learned differs by dropout and order of rows alone
        assert mine == pytest.approx(peers, rel=0.25)
