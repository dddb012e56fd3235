"""Further hidden units for a feed-forward, beside the frozen ones: what an adapter learns.

The layer that goes into the hidden units puts out some more, and the layer that reads them reads those too, through
weights of their own. The model's own code does what stands between: activation, gate, dropout. So nothing has to be
known of it, and to merge means to write the matrices as one.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from tunewright.errors import UserError
from tunewright.models.feed_forward import FeedForwards, feed_forwards, grow_configurations

__all__ = ["Into", "OutOf", "add_units", "has_units", "merge_units", "remove_units"]


class Into(nn.Linear):
    """A frozen linear layer that puts hidden units out, and some more behind each of its parts."""

    def __init__(self, plain: nn.Linear, count: int, parts: int) -> None:
        """Args:
        plain: the layer it stands for; its weights are shared, not copied.
        count: further units.
        parts: 2 where gate and value lie one behind the other in its outputs.
        """
        nn.Module.__init__(self)
        self.in_features, self.out_features = plain.in_features, plain.out_features + parts * count
        self.weight, self.bias = plain.weight, plain.bias
        self.parts = parts
        self.units = _linear(plain, plain.in_features, parts * count, bias=plain.bias is not None)

    def forward(self, input: Tensor) -> Tensor:
        """(..., width) to (..., parts * (hidden units + further ones))."""
        frozen = functional.linear(input, self.weight, self.bias)
        learned: Tensor = self.units(input)
        if self.parts == 1:
            return torch.cat([frozen, learned], dim=-1)
        pairs = zip(frozen.chunk(self.parts, dim=-1), learned.chunk(self.parts, dim=-1), strict=True)
        return torch.cat([piece for pair in pairs for piece in pair], dim=-1)

    def merged(self) -> nn.Linear:
        """The same as one linear layer."""
        made = _linear(self, self.in_features, self.out_features, bias=self.bias is not None)
        for into, frozen, learned in _both(made, self, self.units):
            pairs = zip(frozen.chunk(self.parts), learned.chunk(self.parts), strict=True)
            into.copy_(torch.cat([piece for pair in pairs for piece in pair]))
        return made


class OutOf(nn.Linear):
    """A frozen linear layer that reads hidden units, and some more behind them."""

    def __init__(self, plain: nn.Linear, count: int, scale: float, dropout: float) -> None:
        """Args:
        plain: the layer it stands for; its weights are shared, not copied.
        count: further units.
        scale: factor of what they add.
        dropout: of the further units alone.
        """
        nn.Module.__init__(self)
        self.in_features, self.out_features = plain.in_features + count, plain.out_features
        self.weight, self.bias = plain.weight, plain.bias
        self.scale = scale
        self.dropout = nn.Dropout(dropout)
        self.units = _linear(plain, count, plain.out_features, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """(..., hidden units + further ones) to (..., width)."""
        width = self.weight.shape[1]
        # in memory of its own, so that the backward keeps these units alone and not the frozen ones beside them
        further = input[..., width:].contiguous()
        learned: Tensor = self.units(self.dropout(further) * self.scale)
        return functional.linear(input[..., :width], self.weight, self.bias) + learned

    def merged(self) -> nn.Linear:
        """The same as one linear layer."""
        made = _linear(self, self.in_features, self.out_features, bias=self.bias is not None)
        made.weight.copy_(torch.cat([self.weight, self.scale * self.units.weight], dim=1))
        if self.bias is not None:
            made.bias.copy_(self.bias)
        return made


def add_units(model: nn.Module, count: int, scale: float, dropout: float, seed: int) -> FeedForwards:
    """Put `count` further hidden units beside those of every feed-forward; nothing is added to the outputs yet.

    Weights into the units are drawn from `seed` as those of a new linear layer (He et al. 2015 with a=sqrt(5), as LoRA
    draws A); weights out of them are zero.

    Raises:
        UserError: the model has a layer whose feed-forward cannot take them.
    """
    places = feed_forwards(model, count)
    before = _gated_answer(model, places)
    generator = torch.Generator().manual_seed(seed)
    for name, parts in places.into.items():
        into = Into(cast(nn.Linear, model.get_submodule(name)), count, parts)
        drawn = torch.empty(into.units.weight.shape)
        nn.init.kaiming_uniform_(drawn, a=math.sqrt(5), generator=generator)
        with torch.no_grad():
            into.units.weight.copy_(drawn)
            if into.units.bias is not None:
                into.units.bias.zero_()
        model.set_submodule(name, into.train(model.training))
    for name in places.out_of:
        out_of = OutOf(cast(nn.Linear, model.get_submodule(name)), count, scale, dropout)
        nn.init.zeros_(out_of.units.weight)
        model.set_submodule(name, out_of.train(model.training))
    after = _gated_answer(model, places)
    if before is not None and not torch.allclose(before, cast(Tensor, after), atol=1e-4, rtol=1e-3):
        remove_units(model)
        raise UserError(f"{type(model).__name__} has gates and values in one layer, and not one behind the other")
    return places


def has_units(model: nn.Module) -> bool:
    """Whether units were added and not merged."""
    return any(isinstance(module, (Into, OutOf)) for module in model.modules())


@torch.no_grad()
def merge_units(model: Any) -> None:
    """Write frozen and further units as one, in place; the configuration says how many there are."""
    count = next(module.units.in_features for module in model.modules() if isinstance(module, OutOf))
    merged = {n: m.merged() for n, m in model.named_modules() if isinstance(m, (Into, OutOf))}
    widths = _without_units(model, count)
    for name, linear in merged.items():
        model.set_submodule(name, linear.train(model.training).requires_grad_(False))
    grow_configurations(model, widths, count)


def remove_units(model: nn.Module) -> None:
    """Take further units away again, in place: the model is what it was before `add_units`, to the bit."""
    for name, module in [(n, m) for n, m in model.named_modules() if isinstance(m, (Into, OutOf))]:
        bias = module.bias is not None
        rows, columns = module.weight.shape
        plain = nn.Linear(columns, rows, bias=bias, device="meta")
        plain.weight, plain.bias = module.weight, module.bias
        model.set_submodule(name, plain.train(module.training))


@torch.no_grad()
def _gated_answer(model: nn.Module, places: FeedForwards) -> Tensor | None:
    """What a feed-forward whose gate and value are one layer makes of some numbers: it shows how they lie in it."""
    name = next((name for name, parts in places.into.items() if parts > 1), None)
    if name is None or (layer := cast(nn.Linear, model.get_submodule(name))).weight.is_meta:
        return None
    block = model.get_submodule(name.rpartition(".")[0])
    numbers = torch.linspace(-1.0, 1.0, layer.in_features).to(layer.weight)[None, None]
    was = block.training
    try:
        answer: Tensor = block.eval()(numbers)
    except (AttributeError, RuntimeError, TypeError) as error:
        raise UserError(f"{type(model).__name__} has a gated feed-forward that cannot be asked by itself") from error
    finally:
        block.train(was)
    return answer


def _without_units(model: Any, count: int) -> dict[str, int]:
    """Fields of the configuration that have to grow."""
    remove_units(model)
    return feed_forwards(model, count).widths


def _linear(like: nn.Linear, inputs: int, outputs: int, *, bias: bool) -> nn.Linear:
    """A linear layer whose weights are not set, of the type of another one and where that one is."""
    weight = like.weight
    with torch.device("meta"):  # where nothing is drawn
        made = nn.Linear(inputs, outputs, bias=bias, dtype=weight.dtype)
    return made.to_empty(device=weight.device)


def _both(made: nn.Linear, frozen: nn.Linear, learned: nn.Linear) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Weights, and biases where there are any."""
    weights = [(made.weight, frozen.weight, learned.weight)]
    return weights if made.bias is None else [*weights, (made.bias, frozen.bias, learned.bias)]
