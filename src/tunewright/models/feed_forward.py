"""The feed-forward of every layer, found by letting it grow: the same architecture is built, without memory, from a
configuration that asks for more hidden units, and the weights that come out larger are those of the feed-forward."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from tunewright.errors import UserError
from tunewright.models.anatomy import anatomy
from tunewright.models.source import quiet_transformers
from tunewright.models.two_towers import is_joined

__all__ = ["FeedForwards", "feed_forwards", "grow_configurations"]

_WIDTHS = (
    "intermediate_size",  # BERT, RoBERTa, DeBERTa, ModernBERT, Llama, ViT, wav2vec2 and most others
    "encoder_ffn_dim",  # Marian, mBART, M2M100, Whisper
    "decoder_ffn_dim",
    "d_ff",  # T5
    "hidden_dim",  # DistilBERT
    "ffn_dim",  # OPT
    "d_inner",  # XLNet, Funnel
)
"""Fields of configurations that hold the number of hidden units of a feed-forward."""


@dataclass(frozen=True)
class FeedForwards:
    """Linear layers that grow with the hidden units, by full name, and what they follow from.

    Attributes:
        into: those that put hidden units out, with the parts in which they lie: 2 where gate and value are one layer.
        out_of: those that read hidden units.
        widths: fields of the configuration, with the hidden units that they ask for now.
    """

    into: dict[str, int] = field(default_factory=dict)
    out_of: list[str] = field(default_factory=list)
    widths: dict[str, int] = field(default_factory=dict)


def feed_forwards(model: Any, units: int) -> FeedForwards:
    """Where `units` further hidden units would go.

    So it is known before training that plain transformers opens the grown model: its own code has built one.

    Args:
        model: of transformers, without such units.
        units: how many would be added to each feed-forward.

    Raises:
        UserError: the feed-forward of some layer cannot take them.
    """
    if is_joined(model.config):
        raise UserError(f"{_name(model)} has a tower for pictures and one for texts, each with widths of its own")
    found = FeedForwards()
    text = model.config.get_text_config()
    for name in _WIDTHS:
        width = vars(text).get(name)
        if isinstance(width, int) and _add(found, model, _grown(model, name, width + units), units):
            found.widths[name] = width
    for layer in anatomy(model).layers:
        if not any(name.startswith(f"{layer}.") for name in found.out_of):
            raise UserError(f"{_name(model)} has no feed-forward of a stated width in {layer}")
    return found


def grow_configurations(model: nn.Module, widths: dict[str, int], units: int) -> None:
    """Let every configuration that the model's modules hold ask for `units` more, so that it describes grown weights.

    Args:
        model: of transformers; parts of it may have a configuration of their own, as encoder and decoder of T5 have.
        widths: fields, with the hidden units that they ask for now.
        units: what is added.
    """
    held = {id(c): c for m in model.modules() if (c := getattr(m, "config", None)) is not None}
    for config in held.values():
        text = config.get_text_config()
        for name, width in widths.items():
            if vars(text).get(name) == width:
                setattr(text, name, width + units)


def _grown(model: Any, name: str, width: int) -> nn.Module:
    """The same architecture with a wider feed-forward, without memory."""
    config = copy.deepcopy(model.config)
    setattr(config.get_text_config(), name, width)
    with torch.random.fork_rng(devices=[]), torch.device("meta"), quiet_transformers():
        try:
            built: nn.Module = type(model)(config)
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise UserError(f"{_name(model)} cannot be built with {name}={width} ({error})") from error
    return built


def _add(found: FeedForwards, model: nn.Module, grown: nn.Module, units: int) -> bool:
    """Add the linear layers that are larger in the grown model; false where there are none.

    Raises:
        UserError: something else is larger, so that the hidden units are more than linear layers.
    """
    before = len(found.out_of)
    for name, tensor, larger in _changed(model, grown):
        linear = type(model.get_submodule(name)) is nn.Linear
        wider, deeper = larger.shape[0] - tensor.shape[0], larger.shape[-1] - tensor.shape[-1]
        if linear and tensor.ndim == 2 and deeper == 0 and wider in (units, 2 * units):
            found.into[name] = wider // units
        elif linear and tensor.ndim == 2 and wider == 0 and deeper == units:
            found.out_of.append(name)
        elif not (linear and tensor.ndim == 1 and found.into.get(name) == wider / units):
            raise UserError(f"{_name(model)} has a feed-forward that is more than two linear layers: {name}")
    return len(found.out_of) > before


def _changed(model: nn.Module, grown: nn.Module) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
    """Names of modules with a tensor that has another shape in the grown model, and both tensors; matrices first."""
    own = model.state_dict(keep_vars=True)
    both = ((name, own[name], larger) for name, larger in grown.state_dict(keep_vars=True).items() if name in own)
    changed = [(name.rpartition(".")[0], a, b) for name, a, b in both if a.shape != b.shape]
    yield from sorted(changed, key=lambda one: one[1].ndim, reverse=True)


def _name(model: Any) -> str:
    return str(type(model).__name__)
