"""Further hidden units in every feed-forward learn, beside the frozen ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import nn

from tunewright.errors import Problem, RecipeError, UserError
from tunewright.methods.adapter_files import write_adapter
from tunewright.methods.method import Method
from tunewright.models.hidden_units import add_units, merge_units
from tunewright.models.new_weights import new_modules

__all__ = ["Adapter"]


class Adapter(Method):
    """A small bottleneck beside the frozen feed-forward of every layer learns (He et al. 2022), and a new head.

    For a domain of your own on top of a large model, a translator above all: what the model knows stays, and one base
    model serves several domains, each with an adapter of its own. The parallel adapter of "Towards a Unified View of
    Parameter-Efficient Transfer Learning" with the feed-forward's own activation: merged it is so many hidden units
    more, so `model/` is a plain model that no library of adapters is needed for.
    """

    adds: ClassVar[bool] = True

    kind: Literal["adapter"] = "adapter"
    """Which method this is."""
    width: int = Field(default=64, ge=1)
    """Hidden units that are added to each feed-forward; a multiple of 64 keeps the widths of most models one, and for
    translations and summaries He et al. 2022 took 512."""
    scale: float = Field(default=4.0, gt=0.0)
    """Factor of what the added units say; 4 is what He et al. 2022 found best."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Dropout of the added units, beside the model's own."""

    def prepare(self, model: nn.Module, seed: int) -> nn.Module:
        plain: Any = model
        plain.requires_grad_(False)
        try:
            add_units(plain, self.width, self.scale, self.dropout, seed)
        except UserError as error:
            what = f"is adapter, and {error}: there is no place where its weights could be merged"
            hint = "Write method: lora, which adds to any linear layer, or method: freeze."
            raise RecipeError("The recipe cannot be used.", [Problem("method.kind", what, hint)]) from error
        for name in new_modules(plain):
            plain.get_submodule(name).requires_grad_(True)
        return model

    def merge(self, model: nn.Module) -> nn.Module:
        merge_units(model)
        return model

    def save_adapter(self, model: nn.Module, folder: Path) -> None:
        write_adapter(model, folder)

    def learning_rate(self, config: Any) -> float:
        """Ten times that of full training, at most 2e-3: measured at width 384 (docs/decisions/0025)."""
        return min(2e-3, 10 * super().learning_rate(config))
