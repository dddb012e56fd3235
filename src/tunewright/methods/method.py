"""The contract of a method."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tunewright.models.anatomy import hidden_size
from tunewright.recipe import Part

__all__ = ["Method"]


class Method(Part):
    """Decides which parameters of a model learn.

    Laws that every method keeps (tests/laws): `prepare` changes no output; only parameters that require a gradient
    move; `merge` gives a plain transformers model with the same outputs, up to a stated difference.
    """

    adds: ClassVar[bool] = False
    """Whether it adds weights that are saved apart, as an adapter."""

    @abstractmethod
    def prepare(self, model: nn.Module, seed: int) -> nn.Module:
        """Mark or add what learns; the result goes into the training loop. `seed` draws new weights."""

    def train_mode(self, model: nn.Module) -> None:
        """Switch to training: dropout on in what learns, off in what is frozen."""
        model.train()

    def unchanging_layers(self, model: nn.Module) -> int:
        """How many of the first layers put out the same for a row in every epoch, so that it may be kept."""
        return 0

    def merge(self, model: nn.Module) -> nn.Module:
        """The plain transformers model, with additions folded into its weights."""
        return model

    def save_adapter(self, model: nn.Module, folder: Path) -> None:
        """Write what was added, apart from the base model. Call before `merge`, and only where `adds`."""
        raise NotImplementedError(f"{self.kind} adds no weights")

    def learning_rate(self, config: Any) -> float:
        """A sound peak step size for full-rank weights of this width.

        5e-5 at width 768 (Devlin et al. 2019 search 2e-5 to 5e-5), in inverse proportion to the width (Yang et al.
        2022), at most 2e-4.
        """
        return min(2e-4, 5e-5 * 768 / hidden_size(config))

    def trained_state(self, model: nn.Module) -> dict[str, Tensor]:
        """What a checkpoint must hold of the model: learning parameters, and buffers."""
        state = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
        persistent = set(model.state_dict(keep_vars=True))
        return state | {name: b for name, b in model.named_buffers() if name in persistent}

    def load_trained_state(self, model: nn.Module, state: dict[str, Tensor]) -> None:
        """Put back what `trained_state` gave.

        Raises:
            KeyError: a tensor is missing or unknown: the checkpoint belongs to another recipe.
        """
        own = self.trained_state(model)
        if own.keys() != state.keys():
            odd = sorted(own.keys() ^ state.keys())
            raise KeyError(f"the checkpoint and the model differ in {len(odd)} tensors: {', '.join(odd[:3])}")
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(state[name])
