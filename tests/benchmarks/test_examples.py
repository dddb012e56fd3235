"""The recipes of `examples/`, run as a user would."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_runs import place_run, verified_in_process

from benchmarks import examples
from benchmarks.results_line import ROOT
from tunewright.cli import main as command


def test_every_name_is_a_recipe_that_starts_from_the_sample_model() -> None:
    """Danger: an example is renamed, and hours later it is found to be missing."""
    assert sorted(examples.NAMES) == sorted(
        page.stem for page in (ROOT / "examples").glob("*.yaml") if "model: sample://minilm" in page.read_text("utf-8")
    )


def typed_here(words: list[str], *, cwd: Path, env: dict[str, str], stdout: Any, stderr: Any, check: bool) -> Any:
    """Stands for `subprocess.run`: the command in this process, which saves its start."""
    assert words[1:3] == ["-m", "tunewright"] and Path(env["TUNEWRIGHT_CACHE"]).parent == cwd and not check
    with contextlib.chdir(cwd), contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        return subprocess.CompletedProcess(words, command(words[3:]))


@pytest.fixture
def tiny_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An example on 64 rows, its own folder in the place of the project's."""
    (tmp_path / "examples").mkdir()
    page = place_run(tmp_path, evaluation=["quality"], training__max_steps=2)
    page.rename(tmp_path / "examples" / "reviews.yaml")
    for name in ("tiny", "reviews.csv"):
        (tmp_path / "examples" / name).symlink_to(tmp_path / name)
    monkeypatch.setattr(examples, "ROOT", tmp_path)
    monkeypatch.setattr(examples, "subprocess", SimpleNamespace(run=typed_here))
    return "reviews"


def test_figures_are_those_of_the_test_rows(tiny_example: str, tmp_path: Path) -> None:
    """Danger: a record's field is renamed, or the figure of another split is told as the example's."""
    (tmp_path / "work").mkdir()
    with verified_in_process():
        found, machine = examples.measured(tiny_example, tmp_path / "work", tmp_path)
    told = json.loads((tmp_path / "work" / "run" / "evaluation" / "quality.json").read_text(encoding="utf-8"))
    assert found["metric"] == "accuracy" and found["figures"].keys() == {"tuned", "majority", "tfidf", "probe"}
    for model, figure in found["figures"].items():
        (of_test,) = [
            one for one in told["metrics"]
            if (one["model"], one["name"], one["split"]) == (model, "accuracy", "test")
        ]  # fmt: skip
        assert figure == {key: of_test[key] for key in ("value", "low", "high", "n")}
    assert found["steps"] == 2 and 0 < found["training_seconds"] < found["seconds"]
    assert "python" in machine


def test_a_command_that_fails_is_told_with_its_words(tiny_example: str, tmp_path: Path) -> None:
    """Danger: the figures of an earlier run, or none, are told for an example that does not run."""
    (tmp_path / "work").mkdir()
    (tmp_path / "reviews.csv").unlink()
    with pytest.raises(RuntimeError, match=r"exit status 2: (?s:.*)reviews\.csv"):
        examples.measured(tiny_example, tmp_path / "work", tmp_path)


def test_one_failure_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Danger: an hour's measurements end at the first example that does not run, or its failure is not seen."""

    def measured(name: str, folder: Path, data: Path) -> Any:
        if name == "stsb":
            raise RuntimeError("exit status 2")
        figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}
        found = {"figures": {"tuned": figure}, "metric": "em", "training_seconds": 1.0, "seconds": 2.0}
        return {"example": name} | found, {"cpu": "none"}

    monkeypatch.setattr(examples, "measured", measured)
    assert examples.main(["stsb", "xquad", "--results", str(tmp_path)]) == 1
    assert examples.main(["xquad", "--results", str(tmp_path)]) == 0
    lines = (tmp_path / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["example"] for line in lines] == ["xquad", "xquad"]


def test_three_columns_are_cut_of_rows_that_name_a_source_too(tmp_path: Path) -> None:
    """Danger: rows of STS-B with two more cells are read as others, or thrown out."""
    head = "main-news\tMSRpar\t2012\t17"
    for part in ("train", "dev", "test"):
        rows = [f"{head}\t4.200\tone\ttwo", f"{head}\t1.0\tthree\tfour\tsource one\tsource two"]
        (tmp_path / f"sts-{part}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    examples._scored_pairs(tmp_path, tmp_path / "cut")
    for part in ("train", "dev", "test"):
        assert (tmp_path / "cut" / f"{part}.tsv").read_text("utf-8") == (
            "score\tfirst\tsecond\n4.200\tone\ttwo\n1.0\tthree\tfour\n"
        )
