"""A number a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models import FAMILIES, shared_model_folder
from trial import Trial

from tunewright.methods.lora import LoRA
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers
from tunewright.tasks import Space
from tunewright.tasks.regress import Regress


def test_the_space_is_mean_and_deviation() -> None:
    """Danger: a unit learned from the wrong rows, or a deviation with another divisor than the targets have."""
    space = Regress().space(["1", "2", "3", " 4e0 "], "price")
    assert (space.kind, space.names, space.counts) == ("number", ("price",), (4,))
    assert space.mean == 2.5
    assert space.scale == pytest.approx(np.std([1, 2, 3, 4]))


def test_equal_numbers_do_not_divide_by_zero() -> None:
    """Danger: a constant column, and every loss infinite."""
    task = Regress()
    space = task.space(["5", "5"], "y")
    assert space.scale == 1.0
    assert task.step_targets(task.encode(["5", "6"], space), space).tolist() == [0.0, 1.0]


def test_targets_are_standardised_and_the_truth_is_not() -> None:
    """Danger: an error of 0.3 that means 0.3 deviations, reported as 0.3 euros."""
    task = Regress()
    cells = ["100000", "200000", "300000"]
    space = task.space(cells, "y")
    truth = task.encode(cells, space)
    assert truth.tolist() == [100000.0, 200000.0, 300000.0]
    targets = task.step_targets(truth, space)
    assert targets.dtype == np.float32
    assert targets == pytest.approx([-1.2247449, 0.0, 1.2247449])
    assert task.scores(targets[:, None], space) == pytest.approx(truth)


def test_numbers_show_what_fp32_knows() -> None:
    """Danger: seventeen digits, of which the model computed seven."""
    said = Regress().decide(np.array([0.1 + 0.2, 1234.5678, -2.0]), Space("number", ("y",)))
    assert said == ["0.3", "1234.57", "-2"]


@pytest.mark.parametrize("rank", [1, 4])
@pytest.mark.parametrize("family", FAMILIES)
def test_folding_finds_the_head_beside_additions(family: str, rank: int) -> None:
    """Danger: a LoRA of rank 1 puts many layers of one output into the body; the unit folded into one of those gives
    a model that is wrong everywhere."""
    bench = Trial(family, LoRA(rank=rank), "regress")
    bench.step(2)
    raw = bench.task.scores(bench.logits(bench.model.eval()).numpy(), bench.space)
    bench.task.fold(bench.model.get_base_model(), bench.space)
    merged = bench.method.merge(bench.model).eval()
    assert bench.logits(merged).numpy().reshape(-1) == pytest.approx(raw, rel=1e-4, abs=1e-4)


def test_a_head_for_another_number_is_not_rescaled(tmp_path: Path) -> None:
    """Danger: a fresh head divided by the deviation of its targets, and so near zero that it learns for hours."""
    task, space = Regress(), Space("number", ("price",), (2,), mean=300_000.0, scale=100_000.0)
    first = task.model(Source("bert", str(shared_model_folder("bert"))), space, LoadOptions(0, 0))
    assert 0.001 < float(first.classifier.weight.abs().mean()) < 0.1
    with quiet_transformers():
        first.save_pretrained(tmp_path)
    other = Space("number", ("weight",), (2,), mean=300_000.0, scale=100_000.0)
    again = task.model(Source("price", str(tmp_path)), other, LoadOptions(0, 0))
    assert 0.001 < float(again.classifier.weight.abs().mean()) < 0.1
    assert not again.classifier.bias.any()
