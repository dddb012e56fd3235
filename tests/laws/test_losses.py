"""What every loss owes: a sum over rows that can be cut anywhere, and gradients that stay finite."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tunewright.losses import Loss
from tunewright.recipe import catalog

NAMES, COUNTS = ("a", "b", "c"), (7, 2, 1)
VARIANTS = {
    "label_smoothing": (0.1,),
    "class_weights": ("balanced", {"b": 3.0}),
    "gamma": (0.0, 0.5, 5.0),
    "symmetric": (True,),
    "scale": (5.0,),
}
"""Values of knobs that change what is computed; a loss is tried with each that it has."""


def cases() -> list[tuple[str, str, dict[str, object]]]:
    """(kind, target kind, knobs) of every loss of the catalogue."""
    found = []
    for kind in catalog.kinds("loss"):
        part = catalog.load("loss", kind)
        knobs = [{}, *({name: value} for name in VARIANTS if name in part.model_fields for value in VARIANTS[name])]
        found += [(kind, target, knob) for target in part.target_kinds for knob in knobs]
    return found


def name_of(case: object) -> str:
    return str(case).replace(" ", "") if isinstance(case, dict) else str(case)


def made(kind: str, knobs: dict[str, object]) -> Loss:
    return catalog.load("loss", kind)(kind=kind, **knobs)


def batch(target: str, rows: int = 6, scale: float = 2.0) -> tuple[Tensor, Tensor]:
    """Logits and targets of a batch, in the form that a task gives them."""
    generator = torch.Generator().manual_seed(3)
    outputs = 1 if target in ("number", "cosine") else len(NAMES)
    logits = torch.randn(rows, outputs, generator=generator) * scale
    if target == "pair":
        return torch.randn(rows, 4, generator=generator) * scale, torch.arange(2 * rows).reshape(rows, 2)
    if target == "preference":
        return torch.randn(rows, 2, generator=generator) * scale, torch.randn(rows, 2, generator=generator)
    if target in ("label", "token"):
        return logits, torch.randint(0, outputs, (rows,), generator=generator)
    if target == "span":
        wide = torch.randn(rows, 2, 5, generator=generator) * scale
        marks = torch.where(torch.rand(rows, 2, 5, generator=generator) < 0.3, -1, 0)
        return wide, marks.scatter(2, torch.randint(0, 5, (rows, 2, 1), generator=generator), 1)
    if target == "labels":
        return logits, (torch.rand(rows, outputs, generator=generator) < 0.5).float()
    return logits, torch.randn(rows, generator=generator)


law = pytest.mark.parametrize(("kind", "target", "knobs"), cases(), ids=name_of)


@law
def test_a_batch_is_the_sum_of_its_rows(kind: str, target: str, knobs: dict[str, object]) -> None:
    """Danger: a mean somewhere inside, so that a step's gradient depends on how it was cut."""
    loss, (logits, targets) = made(kind, knobs), batch(target)
    if loss.across:
        pytest.skip("looks at a whole step: tests/training/test_across.py holds it to that")
    whole = loss.compute(logits, targets, NAMES, COUNTS)
    rows = [loss.compute(logits[i : i + 1], targets[i : i + 1], NAMES, COUNTS) for i in range(len(logits))]
    assert float(whole.sum) == pytest.approx(sum(float(row.sum) for row in rows), rel=1e-5)
    assert whole.sum.ndim == 0
    assert float(whole.sum) > 0


@law
def test_the_weight_is_the_number_of_rows(kind: str, target: str, knobs: dict[str, object]) -> None:
    """Danger: dividing by a sum of class weights, so that a row counts more or less by who stands beside it."""
    loss, (logits, targets) = made(kind, knobs), batch(target)
    for rows in (1, 6):
        weight = loss.compute(logits[:rows], targets[:rows], NAMES, COUNTS).weight
        assert weight == rows
        assert isinstance(weight, float)


@law
def test_gradients_stay_finite_at_extremes(kind: str, target: str, knobs: dict[str, object]) -> None:
    """Danger: log(0), 0 * inf, or 0 ** -0.5 in a gradient, on the very rows that the model knows best or worst."""
    logits, targets = batch(target, rows=8)
    signs = torch.where(torch.arange(logits.numel()).reshape(logits.shape) % 3 == 0, 1.0, -1.0)
    for extreme in (1e4, -1e4, 88.0, 17.0, 0.0):
        values = (signs * extreme).requires_grad_()
        value = made(kind, knobs).compute(values, targets, NAMES, COUNTS).sum
        value.backward()
        assert bool(value.isfinite()), extreme
        assert bool(values.grad.isfinite().all()), extreme


@law
def test_low_precision_logits_are_computed_in_fp32(kind: str, target: str, knobs: dict[str, object]) -> None:
    """Danger: a softmax in bf16, whose 8 bits cannot tell 0.99 from 0.996."""
    logits, targets = batch(target)
    rough = logits.bfloat16()
    got = made(kind, knobs).compute(rough, targets, NAMES, COUNTS).sum
    assert got.dtype == torch.float32
    assert float(got) == float(made(kind, knobs).compute(rough.float(), targets, NAMES, COUNTS).sum)


@law
def test_the_right_answer_costs_less_than_the_wrong_one(kind: str, target: str, knobs: dict[str, object]) -> None:
    """Danger: a sign turned round; training then makes the model worse, step by step."""
    logits, targets = batch(target)
    values = logits.clone().requires_grad_()
    made(kind, knobs).compute(values, targets, NAMES, COUNTS).sum.backward()
    stepped = logits - 0.01 * values.grad
    after = made(kind, knobs).compute(stepped, targets, NAMES, COUNTS).sum
    assert float(after) < float(made(kind, knobs).compute(logits, targets, NAMES, COUNTS).sum)
    if target in ("label", "token"):
        right = torch.nn.functional.one_hot(targets, 3) * 8.0
        assert float(made(kind, knobs).compute(right, targets, NAMES, COUNTS).sum) < float(after)
