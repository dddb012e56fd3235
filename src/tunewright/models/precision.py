"""In which type the matrix products run: measured here, not assumed."""

from __future__ import annotations

import contextlib
import math
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch

from tunewright.errors import Problem, RecipeError
from tunewright.records.machine import this_machine

__all__ = ["DTYPES", "Precision", "PrecisionName", "answer_precision", "autocast", "choose_precision", "matmul_rate"]

PrecisionName = Literal["fp32", "bf16", "fp16"]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_NATIVE_BF16 = {"avx512_bf16", "amx_bf16", "bf16"}
_SIZE = 384
_SECONDS = 0.04
_WARM_UP = 5
_PAYS, _ROUNDS = 1.2, 3


@dataclass(frozen=True)
class Precision:
    """A choice and why it was made."""

    name: PrecisionName
    reason: str


def matmul_rate(dtype: torch.dtype, device: torch.device, size: int = _SIZE, seconds: float = _SECONDS) -> float:
    """Floating-point operations a second of a square matrix product, the fastest of many."""
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(size, size, generator=generator).to(device, dtype)
    b = torch.randn(size, size, generator=generator).to(device, dtype)
    for _ in range(_WARM_UP):  # the first products of a type compile their kernel
        torch.mm(a, b)
    _synchronize(device)
    fastest, spent = math.inf, 0.0
    while spent < seconds:
        start = time.perf_counter()
        torch.mm(a, b)
        _synchronize(device)
        elapsed = time.perf_counter() - start
        fastest = min(fastest, elapsed)
        spent += elapsed
    return 2.0 * size**3 / fastest


def choose_precision(wanted: str, device: torch.device) -> Precision:
    """What the recipe asks for; for `auto` the fastest that is safe to train in.

    bf16 keeps fp32's range, so it needs no loss scaling. It is taken where the hardware multiplies it natively (CUDA
    from 8.0; CPU with avx512_bf16 or AMX) and a measurement of about 0.1 s, or up to three, shows that it pays. fp16 is
    taken on older CUDA alone, with loss scaling.

    Raises:
        RecipeError: fp16 on a CPU, where it was measured to be hundreds of times slower.
    """
    if wanted == "fp16" and device.type == "cpu":
        raise RecipeError(
            "The recipe cannot be used.",
            [
                Problem(
                    "training.precision",
                    "is fp16, and this run is on a CPU, which multiplies fp16 hundreds of times slower",
                    "Allowed here: auto, bf16, fp32.",
                )
            ],
        )
    if wanted != "auto":
        return Precision(wanted, "asked for by the recipe")  # type: ignore[arg-type]
    if device.type == "cuda":
        if torch.cuda.get_device_capability(device) >= (8, 0):
            return Precision("bf16", "this GPU multiplies bf16 natively")
        return Precision("fp16", "this GPU has no native bf16; fp16 with loss scaling")
    if device.type != "cpu":
        return Precision("fp32", f"no measured choice for {device.type}")
    if not _NATIVE_BF16 & set(this_machine(1).instruction_sets):
        return Precision("fp32", "this CPU has no bf16 instructions")
    ratio = _gain(device)
    if ratio > _PAYS:
        return Precision("bf16", f"bf16 products measured {ratio:.1f} times as fast as fp32 on this CPU")
    return Precision("fp32", f"bf16 products measured only {ratio:.1f} times as fast as fp32 on this CPU")


def _gain(device: torch.device) -> float:
    """How many times as fast bf16 is as fp32. What looks like no gain is measured again, twice at most: a neighbour
    that took the core for a moment would otherwise decide how a whole run computes."""
    best = {torch.bfloat16: 0.0, torch.float32: 0.0}
    for _ in range(_ROUNDS):
        best = {dtype: max(rate, matmul_rate(dtype, device)) for dtype, rate in best.items()}
        if best[torch.bfloat16] > _PAYS * best[torch.float32]:
            break
    return best[torch.bfloat16] / best[torch.float32]


def answer_precision(trained: PrecisionName, is_number: bool) -> PrecisionName:
    """Precision of answers: that of the training for labels; fp32 for numbers, of which bf16 keeps but 8 bits."""
    return "fp32" if is_number else trained


def autocast(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Context in which matrix products run in the chosen type; nothing changes for fp32."""
    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=DTYPES[precision])


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
