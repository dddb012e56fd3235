"""What a forward keeps for its backward, counted on shapes alone: no weight, no product, a tenth of a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks

from tunewright.models.attention import quick_attention
from tunewright.models.precision import autocast

__all__ = ["Kept", "kept_for_backward"]


@dataclass(frozen=True)
class Kept:
    """Bytes alive between the forward and the backward of one micro-batch, beside the weights themselves.

    Attributes:
        activations: what layers put out; grows with the tokens.
        casts: copies of weights in the type of the matrix products; the same for any number of tokens.
    """

    activations: int
    casts: int


def kept_for_backward(
    model: nn.Module,
    batches: Sequence[Mapping[str, tuple[int, ...]]],
    device: torch.device,
    precision: str,
    types: Mapping[str, torch.dtype] | None = None,
) -> list[Kept]:
    """Run the model's own forward on shapes and add up what autograd holds on to, each piece of memory once.

    Right for every architecture, method, precision and attention kernel, as nothing is assumed of them.

    Args:
        model: in the mode it trains in, on the device "meta"; of no other use afterwards.
        batches: of each micro-batch the shape of every tensor that the forward takes.
        device: where it will train.
        precision: type of the matrix products.
        types: of the tensors by name; those that are not named hold ids.
    """
    with FakeTensorMode(allow_non_fake_inputs=True):
        model.to_empty(device=device)
        with quick_attention(model, device, precision):
            return [_kept(model, shapes, device, precision, types or {}) for shapes in batches]


def _kept(
    model: Any,
    shapes: Mapping[str, tuple[int, ...]],
    device: torch.device,
    precision: str,
    types: Mapping[str, torch.dtype],
) -> Kept:
    kept: dict[int, tuple[Tensor, int]] = {}  # the tensors too: an address is given anew once its tensor is gone

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept.setdefault(storage._cdata, (tensor, storage.nbytes()))
        return tensor

    given = {
        name: torch.ones(shape, dtype=types.get(name, torch.long), device=device) for name, shape in shapes.items()
    }
    own = {t.untyped_storage()._cdata for t in (*model.parameters(), *model.buffers(), *given.values())}
    with autocast(precision, device), saved_tensors_hooks(keep, _same):
        output = model(**given)
    weights = {tuple(p.shape) for p in model.parameters() if p.ndim >= 2}
    found = [(tensor, size) for address, (tensor, size) in kept.items() if address not in own]
    casts = sum(size for tensor, size in found if _is_cast(tensor, weights))
    whole = sum(size for _, size in found)
    del output
    return Kept(whole - casts, casts)


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _is_cast(tensor: Tensor, shapes: set[tuple[int, ...]]) -> bool:
    """Whether a tensor is a weight in another type, as it is or turned."""
    shape = tuple(tensor.shape)
    return tensor.dtype != torch.float32 and tensor.ndim >= 2 and (shape in shapes or shape[::-1] in shapes)
