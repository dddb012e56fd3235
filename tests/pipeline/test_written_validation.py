"""Validation of models that write: the loss of all rows, the texts of a fixed draw, shared by processes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from processes import spawn
from trial import Trial, trial

from tunewright.errors import NonFiniteError, RecipeError
from tunewright.evaluation import Split
from tunewright.pipeline.written_validation import refuse_slices, validation_by_writing
from tunewright.records import read_json, write_json
from tunewright.tasks.translate import Translate
from tunewright.training.world import World

TASK = Translate(max_new_tokens=5, validation_rows=7)


def validated(bench: Trial, world: World, budget: int = 60) -> dict[str, float]:
    table: Any = SimpleNamespace(take=lambda rows: table, __len__=lambda self: 16)
    split = _Split("validation", table, bench.encoded, bench.truth)
    parts = SimpleNamespace(task=TASK, inputs=bench.inputs)
    recipe = SimpleNamespace(training=SimpleNamespace(seed=0))
    prepared: Any = SimpleNamespace(parts=parts, recipe=recipe, tokenizer=bench.tokenizer)
    cpu = torch.device("cpu")
    made = validation_by_writing(prepared, bench.space, split, bench.model.eval(), cpu, "fp32", budget, world)
    return dict(made())


class _Split(Split):
    def __len__(self) -> int:
        return len(self.encoded)

    def take(self, rows: np.ndarray) -> Split:
        return _Split(self.name, self.table, self.encoded.of_rows(rows), self.truth[rows])


def test_the_loss_is_of_all_rows_and_the_texts_of_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: validation that takes longer than training; or a loss of a few rows that chooses the checkpoint."""
    bench, asked = trial("t5", "full", "translate"), []
    plain = Translate.written
    monkeypatch.setattr(Translate, "written", lambda *a: asked.append((len(a[2]), a[5].quick)) or plain(*a))
    found = validated(bench, World())
    with torch.no_grad():
        loss = TASK.loss_of(bench.model, bench.batch(bench.rows), bench.space)
    assert found["loss"] == pytest.approx(float(loss.sum) / loss.weight, rel=1e-5)
    assert asked == [(7, True)]
    assert found.keys() == {"chrf", "bleu", "ter", "loss"}
    assert validated(bench, World(), budget=400) == pytest.approx(found, rel=1e-5)


def _share(world: World, folder: str, out: str) -> None:
    bench = Trial("mbart", "full", "translate", folder=Path(folder), world=world)
    write_json(Path(out) / f"{world.rank}.json", validated(bench, world))


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    """Danger: texts under other rows' references, or each process with figures of its own."""
    bench = trial("mbart", "full", "translate")
    alone = validated(bench, World())
    spawn(_share, str(bench.folder), str(tmp_path))
    first, second = (read_json(tmp_path / f"{rank}.json") for rank in range(2))
    assert first == second == pytest.approx(alone, rel=1e-5)


def test_a_loss_that_is_no_number_stops() -> None:
    """Danger: NaN compared with the best value so far, which it never beats: the run goes on for hours."""
    bench = Trial("t5", "full", "translate")
    with torch.no_grad():
        next(p for n, p in bench.model.named_parameters() if "shared" in n).fill_(float("nan"))
    with pytest.raises(NonFiniteError, match="validation rows"):
        validated(bench, World())


def test_slices_are_refused() -> None:
    """Danger: processes that wait for each other for ever, since one text is longer than another."""
    refuse_slices("none")
    with pytest.raises(RecipeError, match="sharding"):
        refuse_slices("full")
