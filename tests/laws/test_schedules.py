"""What every schedule owes: a factor between 0 and 1 that rises, holds or falls, and never jumps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.recipe import catalog
from tunewright.training.schedules import Schedule

KINDS = catalog.kinds("schedule")


def made(kind: str, **knobs: float) -> Schedule:
    return catalog.load("schedule", kind)(kind=kind, **knobs)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=60)
@given(steps=st.integers(1, 400), ratio=st.floats(0.0, 0.99))
def test_the_factor_stays_within_its_range(kind: str, steps: int, ratio: float) -> None:
    """Danger: a rate over the stated peak, below zero, or a first update of size zero that costs a batch."""
    schedule = made(kind, warmup_ratio=ratio)
    factors = [schedule.factor(step, steps) for step in range(steps)]
    assert all(0.0 <= factor <= 1.0 for factor in factors)
    assert factors[0] > 0.0


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=60)
@given(steps=st.integers(2, 400), ratio=st.floats(0.0, 0.99))
def test_it_rises_and_then_never_again(kind: str, steps: int, ratio: float) -> None:
    """Danger: a peak that is passed twice, or a fall that begins before the rise is over."""
    schedule = made(kind, warmup_ratio=ratio)
    factors = [schedule.factor(step, steps) for step in range(steps)]
    warmup = round(ratio * steps)
    rising, rest = factors[:warmup], factors[warmup:]
    assert all(a < b for a, b in pairwise(rising))
    assert all(a >= b for a, b in pairwise(rest))
    if rest:
        assert rest[0] == pytest.approx(1.0), "the peak that the recipe states is reached"
    if rising and rest:
        assert rest[0] > rising[-1]
        assert rest[0] - rising[-1] == pytest.approx(rising[0]), "the last step of the rise is no jump"


@pytest.mark.parametrize(("kind", "floor"), [(kind, 1.0 if kind == "constant" else 0.0) for kind in KINDS])
def test_it_ends_at_its_floor(kind: str, floor: float) -> None:
    """Danger: a run that ends in the middle of its fall, at a rate that still throws the weights about."""
    schedule = made(kind)
    assert schedule.factor(9_999, 10_000) == pytest.approx(getattr(schedule, "floor", floor), abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_without_warmup_the_first_step_is_the_peak(kind: str) -> None:
    """Danger: an off-by-one that makes warm-up impossible to turn off."""
    assert made(kind, warmup_ratio=0.0).factor(0, 10) == pytest.approx(1.0)
    assert made(kind).factor(0, 1) == pytest.approx(1.0), "a run of one step makes it at full size"
