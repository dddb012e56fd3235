"""Losses over whole steps in a run; that they are right: tests/training/test_across.py and tests/laws."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from trial import Trial

from tunewright.errors import RecipeError
from tunewright.pipeline.whole_steps import refuse_uncut, whole_steps
from tunewright.recipe import Training


def prepared(task: Any, **training: Any) -> Any:
    return SimpleNamespace(parts=SimpleNamespace(task=task), recipe=SimpleNamespace(training=Training(**training)))


@pytest.fixture(scope="module")
def bench() -> Trial:
    return Trial("bert", "full", "embed")


def test_what_cannot_be_is_told_at_once(bench: Trial) -> None:
    """Danger: one mistake is mended, and the next shows after the data was prepared again."""
    with pytest.raises(RecipeError) as error:
        refuse_uncut(prepared(bench.task, sharding="full", batch_size=1))
    said = str(error.value)
    assert "training.sharding" in said and "training.batch_size" in said and "info_nce" in said
    refuse_uncut(prepared(bench.task, batch_size=2))
    refuse_uncut(prepared(Trial("bert", "full", "classify").task, sharding="full", batch_size=1))


def test_the_stepper_is_given_the_tasks_own_loss(bench: Trial) -> None:
    """Danger: targets of other samples than the outputs."""
    run = prepared(bench.task)
    run.train = SimpleNamespace(encoded=bench.encoded, truth=bench.truth)
    run.parts.inputs = bench.inputs
    across = whole_steps(run, bench.space, torch.device("cpu"))
    outputs = across.outputs_of(bench.plain, bench.batch(bench.rows))
    loss = across.loss_of(outputs, across.targets_of(bench.rows))
    wanted = bench.task.compute_loss(bench.before, bench.targets(bench.rows), bench.space)
    assert float(loss.sum.detach()) == pytest.approx(float(wanted.sum), rel=1e-5)
