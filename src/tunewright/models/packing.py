"""Rows of many lengths in one forward, without padding between them.

The rows of a micro-batch are laid one after another in a single sequence of shape (1, tokens). Linear layers, norms and
activations see no padding then; attention alone must know where rows begin, and is computed for each group of rows of
like length: in causal models each token sees those before it in its own row, and no more of them than a sliding window
holds. What a classifier does not read of the last layer is left out (`models/last_layer.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

from tunewright.models.anatomy import inner_model
from tunewright.models.attention import quick_attention
from tunewright.models.causal_families import rows_stand_alone
from tunewright.models.last_layer import NARROWED, narrowed_last_layer, noted_layout, seen_by_first_tokens
from tunewright.models.layout import Layout
from tunewright.models.limits import positions_follow_padding
from tunewright.models.packed_attention import packed_attention

__all__ = ["Packable", "Packing", "packed_rows", "takes_packed_rows"]

_NAME = "tunewright_packed"
_OF_TOKENS = ("ForTokenClassification", "ForMaskedLM")
"""Heads of these encoders that say something of every token."""
_CAUSAL = ("ForCausalLM", "LMHeadModel")


class Packable(Protocol):
    """Samples that can be laid one after another."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each sample, int64 (samples,)."""

    def pack(self, groups: Sequence[NDArray[np.int64]]) -> Mapping[str, Tensor]:
        """`input_ids`, `position_ids` counted from 0 in each sample, and whatever else has a value a token, each
        (1, tokens)."""


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

    def arguments(self, samples: Packable, groups: Sequence[NDArray[np.int64]]) -> dict[str, Any]:
        """The model's arguments for groups of samples of like length, one after another."""
        arguments: dict[str, Any] = {name: tensor.to(self.device) for name, tensor in samples.pack(groups).items()}
        arguments["position_ids"] = arguments["position_ids"] + self.position_offset
        if self.causal:
            # a mask of four dimensions is handed through: else transformers would make one of tokens times tokens
            unread = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=self.device)
            arguments |= {"attention_mask": unread, "use_cache": False}
        return arguments | {"layout": Layout.of([samples.lengths[group] for group in groups], self.device)}


def _attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **kwargs: Any
) -> tuple[Tensor, None]:
    """`packed_attention`, or what is left of it where first tokens alone ask."""
    layout = noted_layout(module)
    if layout is None:
        return packed_attention(module, query, key, value, attention_mask, **kwargs)
    dropout = kwargs.get("dropout", 0.0) if module.training else 0.0
    return seen_by_first_tokens(module, query, key, value, layout, kwargs.get("scaling"), dropout), None


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
    try:
        with nullcontext() if packing.by_token else narrowed_last_layer(inner):
            yield packing
    finally:
        inner.set_attn_implementation(before)


def takes_packed_rows(model: nn.Module, device: torch.device, by_token: bool) -> bool:
    """Whether `packed_rows` would give a packing for this model."""
    inner = inner_model(model)
    if device.type != "cpu" or getattr(getattr(inner, "config", None), "_attn_implementation", None) != "sdpa":
        return False
    return _packing(inner, device, by_token) is not None


def _packing(inner: Any, device: torch.device, by_token: bool) -> Packing | None:
    """How this model takes packed rows; None where it is not known to."""
    config, name = inner.config, type(inner).__name__
    if by_token and name.endswith(_CAUSAL):
        return Packing(device, by_token=True, causal=True) if rows_stand_alone(config) else None
    reads = name.endswith(_OF_TOKENS) if by_token else name.endswith("ForSequenceClassification")
    if not reads or config.model_type not in NARROWED or getattr(config, "is_decoder", False):
        return None
    offset = int(config.pad_token_id) + 1 if positions_follow_padding(config) else 0
    return Packing(device, offset, by_token)
