"""Outputs of many rows: in their order, and the same for every budget."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import FAMILIES
from torch import nn
from trial import Trial, trial

from tunewright.data.plan import micro_batches
from tunewright.errors import ResourceError
from tunewright.evaluation import infer

pytestmark = pytest.mark.usefixtures("many_groups")
CPU = torch.device("cpu")


def run(bench: Trial, model: Any = None, **options: Any) -> np.ndarray:
    given = {"device": CPU, "precision": "fp32", "token_budget": 1024} | options
    return infer((model or bench.model).eval(), bench.encoded, bench.inputs, **given)


@pytest.mark.parametrize("family", FAMILIES)
def test_outputs_stand_in_the_order_of_rows(family: str) -> None:
    """Danger: batches are sorted by length; outputs left in that order belong to other rows, and every metric is a
    little wrong. Compared with each row alone."""
    bench = trial(family)
    logits = run(bench)
    assert logits.shape == (16, 3)
    assert logits.dtype == np.float32
    alone = np.stack([bench.logits(bench.model.eval(), np.array([row]))[0].numpy() for row in bench.rows])
    assert np.abs(logits - alone).max() < 1e-5
    assert np.abs(logits - alone[::-1]).max() > 1e-3


@pytest.mark.parametrize("family", FAMILIES)
def test_the_budget_changes_no_output(family: str) -> None:
    """Danger: padding that is attended to: another machine's memory then gives another accuracy."""
    bench = trial(family)
    outputs = [run(bench, token_budget=budget) for budget in (1, 40, 100, 100_000)]
    for other in outputs[1:]:
        assert np.abs(outputs[0] - other).max() < 1e-5


def test_repeating_it_changes_nothing() -> None:
    """Danger: dropout left on, or a state that moves."""
    bench = Trial("bert", dropout=0.5)
    state = torch.get_rng_state()
    weights = bench.weights()
    assert np.array_equal(run(bench), run(bench))
    assert torch.equal(torch.get_rng_state(), state), "validating moves the global random state"
    assert all(torch.equal(tensor, weights[name]) for name, tensor in bench.weights().items())
    assert all(parameter.grad is None for parameter in bench.model.parameters())


def test_bf16_stays_close_and_answers_in_fp32() -> None:
    """Danger: outputs in 8 bits of precision, on which half of all probabilities are equal."""
    bench = trial("bert")
    rough = run(bench, precision="bf16")
    assert rough.dtype == np.float32
    assert 0 < np.abs(rough - run(bench)).max() < 0.1


def test_no_rows_give_no_outputs() -> None:
    """Danger: an empty test file that ends in a traceback of numpy."""
    bench = trial("bert")
    empty = bench.encoded.take([])
    assert infer(bench.model, empty, bench.inputs, device=CPU, precision="fp32", token_budget=64).shape[0] == 0


SUPPORT = Path(__file__).resolve().parents[1] / "support"
_GROWTH = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import torch
from trial import trial
from tunewright.evaluation import infer
from tunewright.evaluation.resident import ResidentPeak
bench = trial("bert")
for rows in (4_000, 24_000):
    encoded = bench.encoded.take(np.resize(bench.rows, rows))
    with ResidentPeak() as peak:
        logits = infer(
            bench.model.eval(), encoded, bench.inputs, device=torch.device("cpu"), precision="fp32", token_budget=2048
        )
    print(peak.growth)
print(logits.nbytes)
"""


def test_many_rows_take_no_memory_but_that_of_their_outputs() -> None:
    """Danger: a validation that keeps batches or hidden states until its end: it grows with the rows, and a training
    that has fit into memory for an hour is killed by its first validation."""
    bench = trial("bert")
    # in a process of its own: what earlier tests have left in the heap would hide growth, or look like it
    done = subprocess.run([sys.executable, "-c", _GROWTH, str(SUPPORT)], capture_output=True, text=True, check=True)
    found = [int(figure) for figure in done.stdout.split()]
    growth, outputs = {4_000: found[0], 24_000: found[1]}, found[2]
    hidden_states = 20_000 * int(bench.encoded.lengths.mean()) * 32 * 4
    assert outputs + 15e6 < hidden_states, "the test could not tell them apart"
    assert growth[24_000] < growth[4_000] + outputs + 15e6


def test_progress_counts_rows_up_to_all() -> None:
    """Danger: a bar that counts batches, or ends before the end."""
    bench, seen = trial("bert"), []
    run(bench, token_budget=64, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (16, 16)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert len(seen) == len(micro_batches(bench.rows, bench.encoded.lengths, 64))


class Starved(nn.Module):
    """A model that lacks memory for batches over a size."""

    def __init__(self, model: nn.Module, most_rows: int, error: Callable[[], Exception]) -> None:
        super().__init__()
        self.inner, self.most_rows, self.error = model, most_rows, error
        self.passed: list[int] = []

    def forward(self, **batch: torch.Tensor) -> Any:
        rows = len(batch["input_ids"])
        if rows > self.most_rows:
            raise self.error()
        self.passed.append(rows)
        return self.inner(**batch)


@pytest.mark.parametrize("error", [lambda: torch.OutOfMemoryError("CUDA out of memory"), MemoryError])
@pytest.mark.parametrize("most_rows", [1, 3])
def test_a_shortage_of_memory_halves_the_batch(error: Callable[[], Exception], most_rows: int) -> None:
    """Danger: a training of hours that ends in its first validation, whose batches were larger; or rows that are lost
    or exchanged where a batch was halved."""
    bench = trial("bert")
    wanted = run(bench, token_budget=100_000)
    starved = Starved(bench.model, most_rows, error)
    assert np.abs(run(bench, starved, token_budget=100_000) - wanted).max() < 1e-5
    assert max(starved.passed) <= most_rows
    assert sum(starved.passed) == 16


def test_a_row_that_does_not_fit_is_told() -> None:
    """Danger: halving one row without end."""
    bench = trial("bert")
    with pytest.raises(ResourceError, match="single row") as caught:
        run(bench, Starved(bench.model, 0, MemoryError))
    assert caught.value.exit_code == 75


def test_other_errors_are_shown() -> None:
    """Danger: a mistake taken for a lack of memory."""
    bench = trial("bert")
    with pytest.raises(RuntimeError, match="shapes"):
        run(bench, Starved(bench.model, 0, lambda: RuntimeError("mat1 and mat2 shapes cannot be multiplied")))
