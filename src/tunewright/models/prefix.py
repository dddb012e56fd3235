"""Layers that never change, computed once: their outputs are kept and given to the layers above in every later epoch.

Where the embeddings and the first layers are frozen and their dropout is off, a row's hidden states behind them are the
same in every epoch. A forward that is given them skips those layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from tunewright.models.anatomy import anatomy, inner_model
from tunewright.models.layout import Layout

__all__ = ["can_skip_prefix", "hidden_states", "skippable_prefix"]

_SKIPPED = "skipped_layers"


class _Reached(Exception):
    """The layers wanted are done; what follows need not be computed."""


def can_skip_prefix(model: nn.Module) -> bool:
    """Whether a model that takes packed rows can begin behind its first layers: nothing but the layers may stand
    between its embeddings and its head."""
    inner = inner_model(model)
    base = getattr(inner, inner.base_model_prefix)
    return not hasattr(base, "embeddings_project") and len(anatomy(inner).embeddings) == 1


def hidden_states(model: nn.Module, layers: int, arguments: dict[str, Any]) -> Tensor:
    """What the first `layers` layers put out for packed rows: (tokens, width).

    Args:
        model: in evaluation mode, inside `packed_rows`.
        layers: at least 1, and fewer than the model has.
        arguments: as `Packing.arguments` gives them.
    """
    inner = inner_model(model)
    found: list[Tensor] = []

    def stop(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        found.append(args[0][0])
        raise _Reached

    hook = inner.get_submodule(anatomy(inner).layers[layers]).register_forward_pre_hook(stop, prepend=True)
    try:
        with torch.no_grad():
            model(**arguments)
    except _Reached:
        pass
    finally:
        hook.remove()
    return found[0]


@contextmanager
def skippable_prefix(model: nn.Module, layers: int) -> Iterator[Callable[[dict[str, Any], Tensor], dict[str, Any]]]:
    """Inside, the model also takes hidden states in place of ids, and skips embeddings and the first `layers` layers.

    Gives a function from (arguments of packed rows, their hidden states (tokens, width)) to the arguments to call the
    model with. Called with ids, the model answers as ever.
    """
    inner = inner_model(model)
    parts = anatomy(inner)
    changed = [inner.get_submodule(name) for name in (*parts.embeddings, *parts.layers[:layers])]
    for index, module in enumerate(changed):
        # bound to the module, so that a copy of the model gets copies bound to its own modules
        module.__dict__["forward"] = MethodType(_layer if index else _embeddings, module)

    def arguments(packed: dict[str, Any], states: Tensor) -> dict[str, Any]:
        others = {name: value for name, value in packed.items() if name not in ("input_ids", "layout")}
        layout: Layout = packed["layout"]
        return others | {"inputs_embeds": states[None], "layout": layout, _SKIPPED: True}

    try:
        yield arguments
    finally:
        for module in changed:
            del module.__dict__["forward"]


def _embeddings(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
    given = [a for a in (*args, *kwargs.values()) if isinstance(a, Tensor) and a.is_floating_point()]
    return given[0] if given else type(self).forward(self, *args, **kwargs)


def _layer(self: nn.Module, hidden: Tensor, *args: Any, **kwargs: Any) -> Any:
    return hidden if kwargs.get(_SKIPPED) else type(self).forward(self, hidden, *args, **kwargs)
