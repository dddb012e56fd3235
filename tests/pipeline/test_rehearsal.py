"""What only the model itself can refuse is refused before the run that stands there is removed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_runs import place_run, review_columns, write_csv

from tunewright.errors import TunewrightError
from tunewright.pipeline.prepare import prepare
from tunewright.pipeline.rehearsal import rehearse
from tunewright.pipeline.stages import train
from tunewright.recipe import Recipe
from tunewright.training.observer import Silent

ALL_FROZEN = {
    "task": "embed",
    "method": {"kind": "freeze", "layers": 2},
    "data": {"train": "pairs.csv", "validation": 0.25, "inputs": {"text": "review", "pair": "place"}},
}
NO_SUCH_LABEL = {"task": {"kind": "classify", "loss": {"kind": "cross_entropy", "class_weights": {"hapy": 2.0}}}}
REFUSED = {
    "everything frozen": (ALL_FROZEN, "nothing is left to learn"),
    "class weights": (NO_SUCH_LABEL, "is not a label of the training rows"),
    "weights missing": ({}, "lacks weights of the model"),
    "layers lost": ({}, "holds weights of 3 layers"),
}


def older_run(page: Path) -> Path:
    """The folder of a run that was not finished: its recipe, and what must not be lost."""
    run = page.parent / "run"
    (run / "checkpoints").mkdir(parents=True)
    shutil.copy(page, run / "recipe.yaml")
    (run / "checkpoints" / "weights").write_text("a night's work", encoding="utf-8")
    return run


def content(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}


def damage(folder: Path, case: str) -> None:
    file, inner = folder / "model.safetensors", "layer.1.attention.output.dense"
    tensors = load_file(file)
    if case == "weights missing":
        tensors = {name: tensor for name, tensor in tensors.items() if inner not in name}
    elif case == "layers lost":
        tensors |= {name.replace("layer.1.", "layer.2."): t.clone() for name, t in tensors.items() if inner in name}
    save_file(tensors, file, metadata={"format": "pt"})


@pytest.mark.parametrize("case", REFUSED)
def test_the_old_run_survives(tmp_path, case):
    """Danger: a night's run removed for a recipe that is refused a second later."""
    changes, said = REFUSED[case]
    page = place_run(tmp_path, **changes)
    columns = review_columns()
    write_csv(tmp_path / "pairs.csv", {name: columns[name] for name in ("review", "place")})
    run = older_run(page)
    damage(tmp_path / "tiny", case)
    before = content(run)
    with pytest.raises(TunewrightError, match=said):
        train(Recipe.read(page), overwrite=True)
    after = content(run)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {".lock"}


HOLDS = {
    "full": {},
    "weighed classes": {"task": {"kind": "classify", "loss": {"kind": "focal", "class_weights": "balanced"}}},
    "draws of its own": {"task": "masked", "data": {"train": "reviews.csv", "inputs": {"text": "review"}}},
    "a whole step": ALL_FROZEN | {"method": "full", "data": ALL_FROZEN["data"] | {"train": "reviews.csv"}},
}


@pytest.mark.parametrize("case", HOLDS)
def test_a_recipe_that_holds_passes(placed, case):
    """Danger: a look that refuses what training would take, or draws random numbers that the training then lacks."""
    made = prepare(placed(**HOLDS[case]), Silent())
    state = torch.get_rng_state()
    rehearse(made)
    assert torch.equal(torch.get_rng_state(), state)
