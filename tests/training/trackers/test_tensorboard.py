"""Curves for TensorBoard."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tunewright.errors import MissingExtraError
from tunewright.training.trackers import tensorboard as module
from tunewright.training.trackers.tensorboard import TensorBoard


def test_curves_are_written_where_tensorboard_looks(tmp_path: Path) -> None:
    """Danger: event files without events: the page stays empty, and nobody knows why. Read back by TensorBoard."""
    pytest.importorskip("tensorboard", reason="the extra `tensorboard` is not installed")
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    scalars = TensorBoard().open(tmp_path)
    for step in (1, 2, 3):
        scalars.scalar("train/loss", 1.0 / step, step)
    scalars.close()
    events = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("train/loss")] == [
        (1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3)),
    ]  # fmt: skip


def test_without_the_package_the_extra_is_named(monkeypatch, tmp_path: Path) -> None:
    """Danger: a ModuleNotFoundError after an hour of training, at the first step that is to be drawn."""
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    for ask in (TensorBoard().ready, lambda: TensorBoard().open(tmp_path)):
        with pytest.raises(MissingExtraError, match=r"pip install 'tunewright\[tensorboard\]'"):
            ask()
    assert not list(tmp_path.iterdir())


def test_with_the_package_nothing_is_said() -> None:
    """Danger: a check that refuses what would work."""
    if importlib.util.find_spec("tensorboard") is None:
        pytest.skip("the extra `tensorboard` is not installed")
    TensorBoard().ready()
