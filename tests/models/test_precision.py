"""The type of the matrix products: asked for, or measured."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from tunewright.errors import RecipeError
from tunewright.models import precision as module
from tunewright.models.precision import DTYPES, Precision, answer_precision, autocast, choose_precision, matmul_rate

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def machine(monkeypatch, sets: tuple[str, ...], ratio: float) -> None:
    """A CPU with these instructions, on which bf16 is `ratio` times as fast as fp32."""
    monkeypatch.setattr(module, "this_machine", lambda threads: SimpleNamespace(instruction_sets=sets))
    monkeypatch.setattr(module, "matmul_rate", lambda dtype, device: ratio if dtype == torch.bfloat16 else 1.0)


def test_fp16_on_a_cpu_is_refused() -> None:
    """Danger: a run that was measured to take hundreds of times as long, and looks as if it hung."""
    with pytest.raises(RecipeError) as caught:
        choose_precision("fp16", CPU)
    assert caught.value.problems[0].where == "training.precision"
    assert "auto, bf16, fp32" in caught.value.problems[0].hint


@pytest.mark.parametrize("wanted", ["fp32", "bf16"])
def test_the_recipes_choice_is_taken(wanted: str) -> None:
    """Danger: a probe that overrules the person."""
    assert choose_precision(wanted, CPU) == Precision(wanted, "asked for by the recipe")
    assert choose_precision("fp16", CUDA).name == "fp16"


@pytest.mark.parametrize(
    ("sets", "ratio", "name", "reason"),
    [
        (("avx512_bf16",), 4.2, "bf16", "4.2 times as fast"),
        (("amx_bf16", "avx2"), 8.0, "bf16", "8.0 times as fast"),
        (("avx512_bf16",), 1.1, "fp32", "only 1.1 times"),
        (("avx2", "avx512f"), 4.2, "fp32", "no bf16 instructions"),
        ((), 4.2, "fp32", "no bf16 instructions"),
    ],
)
def test_auto_measures_where_the_hardware_can(monkeypatch, sets, ratio: float, name: str, reason: str) -> None:
    """Danger: bf16 by emulation, slower than fp32 and less exact; a choice that nobody can trace afterwards."""
    machine(monkeypatch, sets, ratio)
    chosen = choose_precision("auto", CPU)
    assert chosen.name == name
    assert reason in chosen.reason


def test_a_core_that_was_taken_for_a_moment_decides_nothing(monkeypatch) -> None:
    """Danger: one slow measurement, and a run of hours computes in fp32 at half the speed."""
    machine(monkeypatch, ("avx512_bf16",), 1.0)
    rates = iter([0.5, 1.0, 3.0, 0.9])
    monkeypatch.setattr(module, "matmul_rate", lambda dtype, device: next(rates))
    assert choose_precision("auto", CPU).name == "bf16"


@pytest.mark.parametrize(("capability", "name"), [((8, 0), "bf16"), ((9, 0), "bf16"), ((7, 5), "fp16")])
def test_auto_on_a_gpu_asks_for_its_generation(monkeypatch, capability: tuple[int, int], name: str) -> None:
    """Danger: bf16 on a card that only emulates it."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choose_precision("auto", CUDA).name == name


def test_auto_elsewhere_is_fp32() -> None:
    """Danger: a guess on a device that nobody measured."""
    assert choose_precision("auto", torch.device("mps")).name == "fp32"


def test_the_rate_is_measured_and_leaves_no_trace() -> None:
    """Danger: a probe that moves the global random state, so that precision decides about dropout too."""
    state = torch.get_rng_state()
    rate = matmul_rate(torch.float32, CPU, size=64, seconds=0.001)
    assert 1e7 < rate < 1e15
    assert torch.equal(torch.get_rng_state(), state)


def test_autocast_changes_products_and_not_weights() -> None:
    """Danger: weights or the optimizer's moments in 8 bits of precision."""
    a = torch.randn(4, 4)
    with autocast("bf16", CPU):
        assert (a @ a).dtype == torch.bfloat16
    with autocast("fp32", CPU):
        assert (a @ a).dtype == torch.float32
    assert a.dtype == torch.float32
    assert set(DTYPES) == {"fp32", "bf16", "fp16"}


def test_numbers_are_answered_in_fp32() -> None:
    """Danger: bf16 keeps 8 bits, so that a price of 1,003 is answered as 1,000 or 1,004."""
    assert answer_precision("bf16", is_number=True) == "fp32"
    assert answer_precision("bf16", is_number=False) == "bf16"
