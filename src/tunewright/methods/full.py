"""All weights learn."""

from __future__ import annotations

from typing import Literal

from torch import nn

from tunewright.methods.method import Method

__all__ = ["Full"]


class Full(Method):
    """Every weight learns: the best quality where there are data and memory for it.

    Memory is about 16 bytes a parameter (weights, gradient, two moments in fp32) plus activations.
    """

    kind: Literal["full"] = "full"
    """Which method this is."""

    def prepare(self, model: nn.Module, seed: int) -> nn.Module:
        model.requires_grad_(True)
        return model
