"""Where the unit of outputs comes from that were learned without one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from trial import Trial, with_loss

from tunewright.pipeline.calibration import calibrated_space


class Rows(SimpleNamespace):
    def __len__(self) -> int:
        return len(self.truth)

    def take(self, index: np.ndarray) -> Rows:
        return Rows(encoded=self.encoded.of_rows(index), truth=self.truth[index])


def prepared(bench: Trial, train: Rows, validation: Rows | None) -> Any:
    return SimpleNamespace(
        parts=SimpleNamespace(task=bench.task, inputs=bench.inputs), train=train, validation=validation
    )


def fitted(bench: Trial) -> Any:
    precision = SimpleNamespace(name="bf16")
    return SimpleNamespace(model=bench.plain, space=bench.space, device=torch.device("cpu"), precision=precision)


def labels(bench: Trial, slope: float, level: float) -> np.ndarray:
    return level + slope * bench.before.numpy().reshape(-1).astype(np.float64)


@pytest.fixture(scope="module")
def bench() -> Trial:
    return Trial("bert", "full", with_loss("similarity", "cosent"), rows=40)


def test_the_unit_is_that_of_rows_that_were_not_learned(bench: Trial) -> None:
    """Danger: a line through rows that the model knows by heart, too steep for any others; or one through bf16."""
    train = Rows(encoded=bench.encoded, truth=labels(bench, 9.0, 0.0))
    held_out = Rows(encoded=bench.encoded, truth=labels(bench, 4.0, 1.0))
    space = calibrated_space(fitted(bench), prepared(bench, train, held_out))
    assert (space.mean, space.scale) == pytest.approx((1.0, 4.0), rel=1e-4)


def test_few_rows_are_no_measure(bench: Trial) -> None:
    """Danger: a scale for good from three validation rows."""
    train = Rows(encoded=bench.encoded, truth=labels(bench, 9.0, 0.0))
    for few in (None, train.take(np.arange(3))):
        space = calibrated_space(fitted(bench), prepared(bench, train, few))
        assert (space.mean, space.scale) == pytest.approx((0.0, 9.0), abs=1e-3)


def test_what_has_a_unit_keeps_it() -> None:
    """Danger: labels of a squared error are bent to the validation rows behind the user's back."""
    bench = Trial("bert", "full", "similarity")
    assert calibrated_space(fitted(bench), prepared(bench, None, None)) is bench.space
