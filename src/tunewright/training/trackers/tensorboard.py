"""Curves for TensorBoard."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any, Literal

from tunewright.errors import MissingExtraError
from tunewright.training.trackers.tracker import Scalars, Tracker

__all__ = ["TensorBoard"]


class TensorBoard(Tracker):
    """Event files in the run's `tensorboard/` folder; look with `tensorboard --logdir runs`."""

    kind: Literal["tensorboard"] = "tensorboard"
    """Which tracker this is."""

    def ready(self) -> None:
        if importlib.util.find_spec("tensorboard") is None:
            raise MissingExtraError("The tracker tensorboard", "tensorboard", "tensorboard")

    def open(self, folder: Path) -> Scalars:
        self.ready()
        writer = importlib.import_module("torch.utils.tensorboard").SummaryWriter(str(folder / "tensorboard"))
        return _Events(writer)


class _Events:
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def scalar(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()
