"""The lower layers stay as they are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from torch import nn

from tunewright.errors import Problem, RecipeError
from tunewright.methods.method import Method
from tunewright.models.anatomy import anatomy

__all__ = ["Freeze"]


class Freeze(Method):
    """The first layers and the embeddings stay; the upper layers and the head learn.

    Faster than `full` (no backward through what is frozen) and calmer on few rows. Dropout is off in what is frozen, so
    its outputs are the same in every epoch. The head always learns.
    """

    kind: Literal["freeze"] = "freeze"
    """Which method this is."""
    layers: int = Field(default=0, ge=0)
    """How many transformer layers stay, counted from the input; all of them leaves only the head to learn. Those of two
    towers are counted by turns: 12 are the lower six of each."""
    embeddings: bool = True
    """Whether the embeddings stay too; false lets them learn through the frozen layers, which costs their backward."""

    replay: bool = True
    """Whether what the frozen layers put out is computed once, kept in the cache folder (2 bytes a value in bf16), and
    used in every later epoch and run; false computes it anew each time."""

    def prepare(self, model: nn.Module, seed: int) -> nn.Module:
        model.requires_grad_(True)
        for module in self._frozen(model):
            module.requires_grad_(False)
        if not any(parameter.requires_grad for parameter in model.parameters()):
            what = f"is {self.layers}, and nothing is left to learn: this model has no new head"
            hint = f"Write fewer than its {len(anatomy(model).layers)} layers."
            raise RecipeError("The recipe cannot be used.", [Problem("method.layers", what, hint)])
        return model

    def train_mode(self, model: nn.Module) -> None:
        model.train()
        for module in self._frozen(model):
            module.eval()

    def unchanging_layers(self, model: nn.Module) -> int:
        return self.layers if self.embeddings and self.replay else 0

    def _frozen(self, model: nn.Module) -> list[nn.Module]:
        parts = anatomy(model)
        if self.layers > len(parts.layers):
            raise RecipeError(
                "The recipe cannot be used.",
                [
                    Problem(
                        "method.layers",
                        f"is {self.layers}, and this model has {len(parts.layers)} layers",
                        f"Allowed: 0 to {len(parts.layers)}.",
                    )
                ],
            )
        names = [*parts.layers[: self.layers]]
        if self.embeddings:
            names += parts.embeddings
        if self.layers == len(parts.layers):
            names += parts.between
        return [model.get_submodule(name) for name in names]
