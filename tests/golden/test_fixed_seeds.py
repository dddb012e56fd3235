"""Results of fixed seeds, kept in a file: a change that moves them is seen, and must be meant.

After a change that is meant, write them anew with `python -m pytest tests/golden --golden-write` and say why in the
commit.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_models import tiny_model_folder
from tiny_runs import recipe_fields, review_columns, verified_in_process, write_csv

import tunewright
from tunewright.records import read_journal

KEPT = Path(__file__).with_name("fixed_seeds.json")
CASES = {
    "bert full classify": ("bert", {}),
    "bert full classify, dropout and smoothing": (
        "bert", {"training__dropout": 0.2, "task": {"kind": "classify", "loss": {"kind": "cross_entropy",
        "label_smoothing": 0.1}}},
    ),
    "roberta freeze classify, focal and balanced": (
        "roberta", {
            "method": {"kind": "freeze", "layers": 1},
            "task": {"kind": "classify", "loss": {"kind": "focal", "class_weights": "balanced"}},
        },
    ),
    "llama lora multilabel, cosine": (
        "llama", {"method": {"kind": "lora", "rank": 4}, "task": "multilabel", "data__target": "marks",
                  "training__schedule": "cosine"},
    ),
    "distilbert full regress": ("distilbert", {"task": "regress", "data__target": "stars"}),
}  # fmt: skip


def losses(folder: Path, name: str) -> dict[str, list[float]]:
    """Losses and gradient norms of the first steps, and the last validation's figures."""
    family, changes = CASES[name]
    model = tiny_model_folder(folder / "model", family)
    data = write_csv(folder / "reviews.csv", review_columns())
    recipe = tunewright.Recipe(**recipe_fields(model, data, output=str(folder / "run"), **changes))
    with verified_in_process():
        run = tunewright.train(recipe)
    events = list(read_journal(run.folder.journal))
    steps = [event for event in events if event["event"] == "step"]
    last = [event for event in events if event["event"] == "validation"][-1]
    return {
        "loss": [step["loss"] for step in steps[:12]],
        "grad_norm": [step["grad_norm"] for step in steps[:12]],
        "validation_loss": [last["metrics"]["loss"]],
    }


@pytest.mark.parametrize("name", CASES)
def test_the_same_seed_gives_the_same_curve(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Danger: a refactoring changes what is trained, and every law still holds."""
    found = losses(tmp_path, name)
    if request.config.getoption("--golden-write"):
        kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
        KEPT.write_text(json.dumps(kept | {name: found}, indent=1) + "\n", encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[name]
    for series, values in kept.items():
        # another processor sums in another order; the differences grow with the steps
        assert found[series] == pytest.approx(values, rel=5e-3, abs=1e-3), series
