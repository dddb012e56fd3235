"""Every task that takes packed rows learns and answers from them what it does from padded ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from trial import FAMILY_TASKS, Trial

from tunewright.data.plan import like_lengths
from tunewright.inputs.batch import Batch, Draw
from tunewright.models.packing import packed_rows
from tunewright.recipe import catalog

pytestmark = pytest.mark.usefixtures("many_groups")
CPU = torch.device("cpu")
ENCODERS = ("bert", "roberta", "distilbert", "xlm-roberta")
CASES = [
    (family, task)
    for family, task in FAMILY_TASKS
    if catalog.load("task", task).takes_packed
    and (family in ENCODERS or catalog.load("task", task).auto_class == "AutoModelForCausalLM")
]


@pytest.mark.parametrize(("family", "task"), CASES)
def test_loss_gradient_and_outputs_are_those_of_padded_rows(family, task):
    """Danger: a token foreseen from another row's last one, targets beside other rows, draws that follow the order."""
    bench = Trial(family, "full", task)
    bench.model.eval()
    rows = np.array([3, 0, 7, 5, 11, 2])
    padded = replace(bench.batch(rows), draw=Draw(5, rows))
    wanted, gradients = learned(bench, padded)
    said = bench.task.outputs(bench.model, padded.arguments).detach()
    with packed_rows(bench.model, CPU, "fp32", by_token=True) as packing:
        assert packing is not None, "this family is meant to be packed"
        groups = like_lengths(rows, bench.encoded.lengths)
        order = np.concatenate(groups)
        arguments = packing.arguments(bench.encoded, groups)
        packed = Batch(arguments, bench.targets(order), draw=Draw(5, order), samples=order)
        found, others = learned(bench, packed)
        outputs = bench.task.outputs(bench.model, arguments).detach()
    assert found.weight == wanted.weight > 0
    assert torch.allclose(found.sum, wanted.sum, rtol=1e-4, atol=1e-4)
    assert others.keys() == gradients.keys()
    largest = max(float(g.norm()) for g in gradients.values())
    for name, gradient in gradients.items():
        assert float((others[name] - gradient).norm()) < 1e-5 * largest, name
    per_token = bench.task.per_token
    places = (np.argsort(bench.encoded.tokens_of(of) if per_token else of) for of in (rows, order))
    before, after = (out[torch.from_numpy(place)] for out, place in zip((said, outputs), places, strict=True))
    assert torch.allclose(after, before, atol=2e-4)


def learned(bench, batch):
    """The loss of a micro-batch, and its gradient by name."""
    bench.model.zero_grad(set_to_none=True)
    loss = bench.task.loss_of(bench.model, batch, bench.space)
    loss.sum.backward()
    return loss, {n: p.grad.clone() for n, p in bench.model.named_parameters() if p.grad is not None}


def test_every_language_task_is_among_the_cases():
    """Danger: a task that stopped taking packed rows is tested no more, and nobody sees that it became slower."""
    assert {task for _, task in CASES} >= {"instruct", "language_model", "prefer", "masked", "tag"}
