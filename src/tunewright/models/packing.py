"""Rows of many lengths in one forward, without padding between them.

The rows of a micro-batch are laid one after another in a single sequence of shape (1, tokens). Linear layers, norms and
activations see no padding then; attention alone must know where rows begin, and is computed for each group of rows of
like length: in causal models each token sees those before it in its own row, and no more of them than a sliding window
holds. What a classifier does not read of the last layer, all but each row's first token, is neither asked for in
attention nor computed behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

from tunewright.models.anatomy import anatomy, inner_model
from tunewright.models.attention import quick_attention
from tunewright.models.causal_families import rows_stand_alone
from tunewright.models.layout import Layout
from tunewright.models.limits import positions_follow_padding
from tunewright.models.packed_attention import packed_attention

__all__ = ["Packing", "packed_rows"]

_NAME = "tunewright_packed"
_FIRST = "_first_tokens"


@dataclass(frozen=True)
class _Layer:
    """Where things stand in a layer, by path.

    Attributes:
        attention: what calls the attention function.
        query: the linear layer that makes the queries.
        behind: what follows the attention; it takes what the attention says, and what it was added to.
    """

    attention: str
    query: str
    behind: str


_BERT = _Layer("attention.self", "attention.self.query", "attention.output")
_LAYERS = {
    "bert": _BERT,
    "camembert": _BERT,
    "distilbert": _Layer("attention", "attention.q_lin", "sa_layer_norm"),
    "electra": _BERT,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
}
"""Encoders that take positions as an argument, and whose classifier reads the first token alone."""
_OF_TOKENS = ("ForTokenClassification", "ForMaskedLM")
"""Heads of these encoders that say something of every token."""
_CAUSAL = ("ForCausalLM", "LMHeadModel")


@dataclass(frozen=True)
class Packing:
    """How packed rows are given to a model.

    Attributes:
        device: where the model is.
        position_offset: of a row's first token, in families that count from their padding id on.
        by_token: whether the model answers for each token, and not once a row.
        causal: whether its tokens see those before them alone.
    """

    device: torch.device
    position_offset: int = 0
    by_token: bool = False
    causal: bool = False

    def arguments(self, flat: Mapping[str, Tensor], lengths: Sequence[NDArray[np.int64]]) -> dict[str, Any]:
        """The model's arguments.

        Args:
            flat: `input_ids`, `position_ids` counted from 0 in each row, and whatever else has a value a token, each
                (1, tokens).
            lengths: of the rows of each group.
        """
        arguments: dict[str, Any] = {name: tensor.to(self.device) for name, tensor in flat.items()}
        arguments["position_ids"] = arguments["position_ids"] + self.position_offset
        if self.causal:
            # a mask of four dimensions is handed through: else transformers would make one of tokens times tokens
            unread = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=self.device)
            arguments |= {"attention_mask": unread, "use_cache": False}
        return arguments | {"layout": Layout.of(lengths, self.device)}


def _attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **kwargs: Any
) -> tuple[Tensor, None]:
    """`packed_attention`, which is told whether first tokens alone ask."""
    kwargs["first_alone"] = module.__dict__.get(_FIRST) is not None
    return packed_attention(module, query, key, value, attention_mask, **kwargs)


@contextmanager
def packed_rows(
    model: nn.Module, device: torch.device, precision: str, by_token: bool = False
) -> Iterator[Packing | None]:
    """Let a model take packed rows, on a CPU; gives None, and leaves it at `quick_attention`, where it cannot.

    Afterwards the model is as it was, so nothing of this is saved. A padded batch is answered as ever. May be entered
    again inside.

    Args:
        model: a transformers model, or one wrapped by peft.
        device, precision: where and in which type it computes.
        by_token: whether the caller reads what is said of each token, by `models/row_places.py`; else only classifiers
            of whole rows are packed.
    """
    inner = inner_model(model)
    if not hasattr(inner, "config"):
        yield None
        return
    before = inner.config._attn_implementation
    packing = _packing(inner, device, by_token)
    if before == _NAME:
        yield packing
        return
    if packing is None or device.type != "cpu" or before != "sdpa":
        with quick_attention(model, device, precision):
            yield None
        return
    AttentionInterface.register(_NAME, _attention)
    AttentionMaskInterface.register(_NAME, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
    inner.set_attn_implementation(_NAME)
    hooks = [] if packing.by_token else _narrowing(inner)
    try:
        yield packing
    finally:
        for hook in hooks:
            hook.remove()
        for module in inner.modules():
            module.__dict__.pop(_FIRST, None)
        inner.set_attn_implementation(before)


def _packing(inner: Any, device: torch.device, by_token: bool) -> Packing | None:
    """How this model takes packed rows; None where it is not known to."""
    config, name = inner.config, type(inner).__name__
    if by_token and name.endswith(_CAUSAL):
        return Packing(device, by_token=True, causal=True) if rows_stand_alone(config) else None
    reads = name.endswith(_OF_TOKENS) if by_token else name.endswith("ForSequenceClassification")
    if not reads or config.model_type not in _LAYERS or getattr(config, "is_decoder", False):
        return None
    offset = int(config.pad_token_id) + 1 if positions_follow_padding(config) else 0
    return Packing(device, offset, by_token)


def _narrowing(inner: Any) -> list[Any]:
    """Hooks by which the last layer asks for each row's first token alone, and goes on with it alone."""
    paths = _LAYERS[inner.config.model_type]
    last = inner.get_submodule(anatomy(inner).layers[-1])
    query = last.get_submodule(paths.query)
    return [
        last.register_forward_pre_hook(_note_first_tokens(paths), with_kwargs=True),
        query.register_forward_pre_hook(_keep_first_tokens),
        query.register_forward_hook(_put_back),
        last.get_submodule(paths.behind).register_forward_pre_hook(_keep_first_tokens),
        last.register_forward_hook(_one_token_a_row, with_kwargs=True),
    ]


def _note_first_tokens(paths: _Layer) -> Any:
    """A hook that hands the layout from the layer's arguments to the modules inside."""

    def note(layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # a plain attribute: the modules that are reached through `layer` belong to the same copy of the model
        for path in (paths.attention, paths.query, paths.behind):
            layer.get_submodule(path).__dict__[_FIRST] = kwargs.get("layout")

    return note


def _keep_first_tokens(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
    layout: Layout | None = module.__dict__.get(_FIRST)
    return None if layout is None else tuple(tensor[:, layout.first] for tensor in args)


def _put_back(module: nn.Module, _: Any, output: Tensor) -> Tensor | None:
    """What reads the queries takes as many as there are tokens."""
    layout: Layout | None = module.__dict__.get(_FIRST)
    return None if layout is None else layout.at_first(output[0])[None]


def _one_token_a_row(_: nn.Module, __: Any, kwargs: dict[str, Any], output: Any) -> Any:
    """(1, rows, width) as (rows, 1, width), which a classifier reads as rows of one token."""
    return output if kwargs.get("layout") is None else cast(Tensor, output).transpose(0, 1)
