"""Rows of many lengths in one forward, without padding between them.

The rows of a micro-batch are laid one after another in a single sequence of shape (1, tokens). Linear layers, norms and
activations see no padding then; attention alone must know where rows begin, and is computed for each group of rows of
like length. What a classifier does not read of the last layer, all but each row's first token, is not computed.
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
from tunewright.models.attention import quick_attention, short_row_attention
from tunewright.models.limits import positions_follow_padding

__all__ = ["Group", "Layout", "Packing", "packed_attention", "packed_rows"]

_NAME = "tunewright_packed"
_NARROWED_AT = {
    "bert": "attention.output",
    "camembert": "attention.output",
    "distilbert": "sa_layer_norm",
    "electra": "attention.output",
    "roberta": "attention.output",
    "xlm-roberta": "attention.output",
}
"""Encoders that take positions as an argument, whose classifier reads the first token alone; and what follows the
attention of a layer in them."""


@dataclass(frozen=True, eq=False)
class Group:
    """Neighbouring rows, each as wide as the longest of them.

    Attributes:
        rows: how many.
        width: tokens of each, padding included.
        visible: bool (rows, 1, 1, width), False for padding; None where there is none.
    """

    rows: int
    width: int
    visible: Tensor | None


@dataclass(frozen=True, eq=False)
class Layout:
    """Where rows lie in a packed sequence.

    Attributes:
        groups: in the order of the sequence.
        first: int64 (rows,), the position of each row's first token.
    """

    groups: tuple[Group, ...]
    first: Tensor

    @classmethod
    def of(cls, lengths: Sequence[NDArray[np.int64]], device: torch.device) -> Layout:
        """From the lengths of each group's rows."""
        groups, first, start = [], [], 0
        for group in lengths:
            width = int(group.max())
            seen = torch.from_numpy(np.arange(width) < group[:, None])
            full = bool(seen.all())
            groups.append(Group(len(group), width, None if full else seen[:, None, None, :].to(device)))
            first.append(start + width * np.arange(len(group)))
            start += width * len(group)
        return cls(tuple(groups), torch.from_numpy(np.concatenate(first)).to(device))


@dataclass(frozen=True)
class Packing:
    """How packed rows are given to a model."""

    device: torch.device
    position_offset: int
    """Of a row's first token, in families that count from their padding id on."""

    def arguments(self, flat: Mapping[str, Tensor], lengths: Sequence[NDArray[np.int64]]) -> dict[str, Any]:
        """The model's arguments.

        Args:
            flat: `input_ids`, `position_ids` counted from 0 in each row, and whatever else has a value a token, each
                (1, tokens), padding included.
            lengths: of the rows of each group.
        """
        arguments: dict[str, Any] = {name: tensor.to(self.device) for name, tensor in flat.items()}
        arguments["position_ids"] = arguments["position_ids"] + self.position_offset
        return arguments | {"layout": Layout.of(lengths, self.device)}


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    layout: Layout | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention inside each row of a packed sequence.

    Args:
        module: the attention layer.
        query, key, value: (1, heads, tokens, head width).
        attention_mask: unused where there is a layout.
        layout: where the rows are; None for an ordinary padded batch.

    Returns:
        (1, tokens, heads, head width), and no weights.
    """
    if layout is None:
        return short_row_attention(module, query, key, value, attention_mask, **kwargs)
    sizes = [group.rows * group.width for group in layout.groups]
    heads, head_width = query.shape[1], query.shape[3]
    outputs = []
    parts = (torch.split(tensor, sizes, dim=2) for tensor in (query, key, value))
    for group, *tensors in zip(layout.groups, *parts, strict=True):
        shape = (heads, group.rows, group.width, head_width)
        rows = [tensor.view(shape).transpose(0, 1) for tensor in tensors]
        seen = group.visible if group.visible is None else group.visible.expand(-1, 1, group.width, -1)
        output, _ = short_row_attention(module, rows[0], rows[1], rows[2], seen, **kwargs)
        outputs.append(output.flatten(0, 1))
    return torch.cat(outputs)[None], None


@contextmanager
def packed_rows(model: nn.Module, device: torch.device, precision: str) -> Iterator[Packing | None]:
    """Let a model take packed rows, on a CPU; gives None, and leaves it at `quick_attention`, where it cannot.

    Afterwards the model is as it was, so nothing of this is saved. A padded batch is answered as ever. May be entered
    again inside.
    """
    inner = inner_model(model)
    if not hasattr(inner, "config"):
        yield None
        return
    narrowed_at = _NARROWED_AT.get(inner.config.model_type)
    before = inner.config._attn_implementation
    classifies = type(inner).__name__.endswith("ForSequenceClassification")
    decodes = getattr(inner.config, "is_decoder", False)
    offset = int(inner.config.pad_token_id) + 1 if positions_follow_padding(inner.config) else 0
    if before == _NAME:
        yield Packing(device, offset)
        return
    if device.type != "cpu" or before != "sdpa" or not classifies or narrowed_at is None or decodes:
        with quick_attention(model, device, precision):
            yield None
        return
    AttentionInterface.register(_NAME, packed_attention)
    AttentionMaskInterface.register(_NAME, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
    inner.set_attn_implementation(_NAME)
    last = inner.get_submodule(anatomy(inner).layers[-1])
    hooks = [
        last.register_forward_pre_hook(_note_first_tokens(narrowed_at), with_kwargs=True),
        last.get_submodule(narrowed_at).register_forward_pre_hook(_keep_first_tokens),
        last.register_forward_hook(_one_token_a_row, with_kwargs=True),
    ]
    try:
        yield Packing(device, offset)
    finally:
        for hook in hooks:
            hook.remove()
        inner.set_attn_implementation(before)


def _note_first_tokens(path: str) -> Any:
    """A hook that hands the layout from the layer's arguments to the module behind its attention."""

    def note(layer: nn.Module, _: Any, kwargs: dict[str, Any]) -> None:
        # a plain attribute: the module that is reached through `layer` belongs to the same copy of the model
        layout = kwargs.get("layout")
        layer.get_submodule(path).__dict__["_first_tokens"] = None if layout is None else layout.first

    return note


def _keep_first_tokens(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
    first = module.__dict__.get("_first_tokens")
    return None if first is None else tuple(tensor[:, first] for tensor in args)


def _one_token_a_row(_: nn.Module, __: Any, kwargs: dict[str, Any], output: Any) -> Any:
    """(1, rows, width) as (rows, 1, width), which a classifier reads as rows of one token."""
    return output if kwargs.get("layout") is None else cast(Tensor, output).transpose(0, 1)
