"""The last layer of packed rows for a classifier, which reads each row's first token alone.

Only first tokens ask, and only they go on behind the attention. So few queries need no key and no value of every token:
by associativity a query is taken through the keys' weights to where the hidden states are, and what it sees of these is
taken through the values' weights afterwards: q (X K)' = (q K') X', and w (X V) = (w X) V. That is a part of the two
projections' arithmetic (the idea is known from DeepSeek-V2, 2024, section 2.1, where it spares the cache).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import MethodType
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from tunewright.models.anatomy import anatomy
from tunewright.models.layout import Layout

__all__ = ["NARROWED", "narrowed_last_layer", "noted_layout", "seen_by_first_tokens"]

_NOTE = "_first_tokens"
_PROJECTIONS = "_unapplied_projections"


@dataclass(frozen=True)
class _Layer:
    """Where things stand in a layer, by path.

    Attributes:
        attention: what calls the attention function.
        query, key, value: the linear layers in it.
        behind: what follows the attention; it takes what the attention says, and what it was added to.
    """

    attention: str
    query: str
    key: str
    value: str
    behind: str


_BERT = _Layer("attention.self", "query", "key", "value", "attention.output")
NARROWED = {
    "bert": _BERT,
    "camembert": _BERT,
    "distilbert": _Layer("attention", "q_lin", "k_lin", "v_lin", "sa_layer_norm"),
    "electra": _BERT,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
}
"""Encoders that take positions as an argument, and whose classifier reads the first token alone."""


@contextmanager
def narrowed_last_layer(inner: Any) -> Iterator[None]:
    """Inside, the last layer of a model that is given packed rows works for each row's first token alone.

    Keys and values are projected as ever where their layers are more than linear (LoRA).
    """
    paths = NARROWED[inner.config.model_type]
    last = inner.get_submodule(anatomy(inner).layers[-1])
    attention = last.get_submodule(paths.attention)
    query = attention.get_submodule(paths.query)
    hooks = [
        last.register_forward_pre_hook(_note_layout(paths), with_kwargs=True),
        query.register_forward_pre_hook(_keep_first_tokens),
        query.register_forward_hook(_put_back),
        last.get_submodule(paths.behind).register_forward_pre_hook(_keep_first_tokens),
        last.register_forward_hook(_one_token_a_row, with_kwargs=True),
    ]
    projections = [attention.get_submodule(path) for path in (paths.key, paths.value)]
    unapplied = all(type(module) is nn.Linear for module in projections)
    if unapplied:
        attention.__dict__[_PROJECTIONS] = (paths.key, paths.value)
        for module in projections:
            # bound to the module, so that a copy of the model gets copies bound to its own modules
            module.__dict__["forward"] = MethodType(_unapplied, module)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        attention.__dict__.pop(_PROJECTIONS, None)
        for module in projections if unapplied else ():
            del module.__dict__["forward"]
        for module in inner.modules():
            module.__dict__.pop(_NOTE, None)


def noted_layout(attention: nn.Module) -> Layout | None:
    """The layout of the micro-batch whose first tokens alone ask in this attention; None where all tokens do."""
    return cast("Layout | None", attention.__dict__.get(_NOTE))


def seen_by_first_tokens(
    attention: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    layout: Layout,
    scaling: float | None,
    dropout: float,
) -> Tensor:
    """What each row's first token sees of its row.

    Args:
        attention: the attention layer.
        query: (1, heads, tokens, head width).
        key, value: of the same shape; where they have not been projected both are the hidden states, (1, tokens,
            width), in that shape.
        layout: where the rows are.
        scaling: factor of the products; None is 1 / sqrt(head width).
        dropout: of the attention weights.

    Returns:
        (1, tokens, heads, head width), zeros behind first tokens.
    """
    _, heads, tokens, width = query.shape
    asked = query[0][:, layout.first] * (scaling or width**-0.5)  # (heads, rows, head width)
    paths = attention.__dict__.get(_PROJECTIONS)
    if paths is None:
        return layout.at_first(_seen(asked, key[0], value[0], layout, width // 2, dropout)[0].transpose(0, 1))[None]
    linear_key, linear_value = (cast(nn.Linear, attention.get_submodule(path)) for path in paths)
    states = key[0].transpose(0, 1).reshape(tokens, -1).to(query.dtype)
    asked = torch.bmm(asked, linear_key.weight.view(heads, width, -1))
    found, share = _seen(asked, states, states, layout, width // 2, dropout)
    said = torch.bmm(found, linear_value.weight.view(heads, width, -1).transpose(1, 2)).transpose(0, 1)
    if linear_value.bias is not None:
        said = said + linear_value.bias.view(heads, width) * share
    if linear_key.bias is not None:
        # it adds the same to all scores of a query: it learns nothing, and says so
        said = said + linear_key.bias.sum() * 0.0
    return layout.at_first(said.to(query.dtype))[None]


def _seen(
    asked: Tensor, keys: Tensor, values: Tensor, layout: Layout, most: int, dropout: float
) -> tuple[Tensor, Tensor | float]:
    """softmax(asked keys') values inside each row: (heads, rows, width); and what the weights sum to, (rows, heads, 1)
    or 1.

    Args:
        asked: (heads, rows, width).
        keys, values: (tokens, width) for all heads, or (heads, tokens, width).
        layout: where the rows are.
        most: rows at a time.
        dropout: of the weights.
    """
    found, shares = [], []
    for rows, own in _some_rows(layout, most):
        scores = asked[:, rows] @ keys[..., own, :].transpose(-1, -2)
        others = layout.row_of[own] != torch.arange(rows.start, rows.stop, device=asked.device)[:, None]
        weights = torch.softmax(scores.masked_fill(others, torch.finfo(scores.dtype).min), dim=-1)
        if dropout:
            weights = nn.functional.dropout(weights, dropout)
            shares.append(weights.sum(dim=-1).transpose(0, 1)[..., None])
        found.append(weights @ values[..., own, :])
    return torch.cat(found, dim=1), torch.cat(shares) if dropout else 1.0


def _some_rows(layout: Layout, most: int) -> Iterator[tuple[slice, slice]]:
    """Slices of rows, at most so many, and of their tokens. The tokens of a slice are multiplied with all its queries,
    other rows' among them, which for short rows costs less than a product of its own for each."""
    ends = np.cumsum(layout.lengths)
    for start in range(0, len(ends), max(1, most)):
        stop = min(len(ends), start + max(1, most))
        yield slice(start, stop), slice(int(ends[start] - layout.lengths[start]), int(ends[stop - 1]))


def _note_layout(paths: _Layer) -> Any:
    """A hook that hands the layout from the layer's arguments to the modules inside."""
    inside = (*(f"{paths.attention}.{name}" for name in (paths.query, paths.key, paths.value)), paths.behind)

    def note(layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # a plain attribute: the modules that are reached through `layer` belong to the same copy of the model
        for path in (paths.attention, *inside):
            layer.get_submodule(path).__dict__[_NOTE] = kwargs.get("layout")

    return note


def _unapplied(self: nn.Linear, states: Tensor) -> Tensor:
    """The hidden states as they are, where first tokens alone ask."""
    return states if self.__dict__.get(_NOTE) is not None else nn.Linear.forward(self, states)


def _keep_first_tokens(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
    layout = noted_layout(module)
    return None if layout is None else tuple(tensor[:, layout.first] for tensor in args)


def _put_back(module: nn.Module, _: Any, output: Tensor) -> Tensor | None:
    """What reads the queries takes as many as there are tokens."""
    layout = noted_layout(module)
    return None if layout is None else layout.at_first(output[0])[None]


def _one_token_a_row(_: nn.Module, __: Any, kwargs: dict[str, Any], output: Any) -> Any:
    """(1, rows, width) as (rows, 1, width), which a classifier reads as rows of one token."""
    return output if kwargs.get("layout") is None else cast(Tensor, output).transpose(0, 1)
