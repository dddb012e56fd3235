"""How a model is asked for answers that it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

__all__ = ["Asking"]


@dataclass(frozen=True)
class Asking:
    """What a task needs beside model and rows to let the model write.

    Attributes:
        tokenizer: the model's, made ready by the task.
        device, precision: where and in which type to compute.
        token_budget: tokens of one forward.
        quick: whether it is about choosing a checkpoint: the task may search less, and leave out how sure it is.
        progress: told (rows done, rows in all) now and then.
    """

    tokenizer: Any
    device: torch.device
    precision: str
    token_budget: int
    quick: bool = False
    progress: Callable[[int, int], None] | None = None
