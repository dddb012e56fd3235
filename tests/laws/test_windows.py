"""The law of windows: a row counts once, into however many pieces it is cut, and however these are dealt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import FAMILIES
from trial import Trial

from tunewright.data.plan import StepPlan
from tunewright.inputs import Batch
from tunewright.recipe import catalog

POOLING = tuple(
    kind for kind in catalog.kinds("task") if catalog.load("task", kind).pools and not catalog.load("task", kind).paired
)
LIMIT, OVERLAP = 16, 4


def windowed(family: str, task: str) -> Trial:
    """Rows of 2 to 29 words in windows of 16 tokens."""
    bench = Trial(family, "full", task)
    bench.encoded = bench.inputs.encode(bench.columns, bench.tokenizer, LIMIT, overlap=OVERLAP)
    assert np.bincount(bench.encoded.rows).max() > 2
    return bench


def batch(bench: Trial, samples: Any) -> Batch:
    shares = torch.from_numpy(bench.task.shares(bench.encoded, samples))
    return Batch(bench.encoded.collate(samples), bench.targets(samples), shares=shares)


def gradient(bench: Trial, pieces: list[Any]) -> tuple[torch.Tensor, float]:
    bench.restart()
    bench.stepper.make_batch = lambda samples: batch(bench, samples)
    found, loss = bench.gradient(pieces)
    return torch.cat([found[name].flatten() for name in sorted(found)]).double(), loss


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("task", POOLING)
def test_every_row_counts_once_under_any_cut(family: str, task: str) -> None:
    """Danger: a text of ten windows pulls ten times as hard as a short one, or as its cut into micro-batches has it.
    The reference weighs the windows by hand, one at a time."""
    bench = windowed(family, task)
    samples = np.arange(len(bench.encoded))
    counts = np.bincount(bench.encoded.rows)
    whole, loss = gradient(bench, [samples])
    for pieces in (np.array_split(samples[::-1], 3), np.array_split(samples, len(samples)), [samples[:1], samples[1:]]):
        other, other_loss = gradient(bench, pieces)
        assert float((whole - other).norm() / whole.norm()) < 1e-5
        assert other_loss == pytest.approx(loss, rel=1e-5)
    bench.restart()
    total = torch.zeros(())
    for sample in samples:
        arguments = bench.encoded.collate([sample])
        one = bench.task.compute_loss(
            bench.task.outputs(bench.model, arguments), bench.targets(samples[sample : sample + 1]), bench.space
        )
        total = total + one.sum / one.weight / float(counts[bench.encoded.rows[sample]])
    mean = total / len(counts)
    assert float(mean.detach()) == pytest.approx(loss, rel=1e-5)
    mean.backward()
    by_hand = {n: p.grad for n, p in bench.stepper.parameters.items() if p.grad is not None}
    flat = torch.cat([by_hand[name].flatten() for name in sorted(by_hand)]).double()
    assert float((whole - flat).norm() / whole.norm()) < 1e-5


def test_a_row_is_never_parted_over_two_steps() -> None:
    """Danger: a step that holds a tenth of a row divides by a tenth, and the row counts ten times after all."""
    row_of = np.repeat(np.arange(9), [1, 3, 1, 1, 7, 2, 1, 1, 4])
    plan = StepPlan(np.full(len(row_of), 5), 4, 20, 0, row_of=row_of)
    assert plan.steps_per_epoch == 3
    seen = [plan.samples(step) for step in range(3)]
    assert sorted(np.concatenate(seen).tolist()) == list(range(len(row_of)))
    for samples in seen:
        rows = row_of[samples]
        assert all((rows == row).sum() == (row_of == row).sum() for row in set(rows.tolist()))
        assert len(set(rows.tolist())) <= 4
    alone = StepPlan(np.full(9, 5), 4, 20, 0)
    assert [sorted(set(row_of[one].tolist())) for one in seen] == [sorted(alone.samples(s).tolist()) for s in range(3)]
