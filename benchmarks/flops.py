"""Floating-point operations that a training needs, and how many the machine can do: model FLOPs utilisation.

MFU (Chowdhery et al. 2022, PaLM, appendix B) is the operations that the model needs for the real tokens, divided by
what the machine's matrix products reach in the same time. With N weights in the linear layers of the transformer's
blocks, L blocks of width d, and a row of n tokens, training in full needs

    6 * N * n   +   12 * L * d * n**2

operations: 2 for each weight and token in the forward pass, 2 for the gradient of the layer's input and 2 for that of
its weights; for attention's two products 4 * d * n**2 a block forward, and twice that backward. Padding, dropout,
embeddings and the head count as nothing.

Where weights are frozen the gradient of those weights is not needed, and below the first block that learns nothing of
the backward pass: `lora` needs 4 * N * n + 6 * (its own weights) * n, and `freeze` 2 for each weight and token of the
blocks that stay.

The last block is counted in full for everyone, although a classifier reads one token a row of it: a side that leaves
the rest out gets the credit, as one that computes padding gets the blame. So with frozen blocks whose outputs are kept:
their forward pass counts in every epoch, though it is computed once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from tunewright.models.anatomy import anatomy, hidden_size
from tunewright.models.precision import matmul_rate

__all__ = ["Flops", "flops_of", "matmul_peak"]

_SIZES = (768, 1024, 1536, 2048, 3072)


@dataclass(frozen=True)
class Flops:
    """What a training needs.

    Attributes:
        per_token: operations for each real token.
        per_square: operations for each unit of squared length.
        body_parameters: N.
    """

    per_token: float
    per_square: float
    body_parameters: int

    def rate(self, figures: dict[str, float]) -> float:
        """Operations a second that a timeline's figures amount to."""
        return self.per_token * figures["tokens_per_second"] + self.per_square * figures["squares_per_second"]

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def flops_of(model: nn.Module, plain: Any) -> Flops:
    """Of one model, as its method has prepared it.

    Args:
        model: what trains, possibly wrapped by an adapter.
        plain: the transformers model inside.
    """
    parts = anatomy(plain)
    layers = [plain.get_submodule(name) for name in parts.layers]
    below = [p for name in parts.embeddings for p in plain.get_submodule(name).parameters()]
    learning = [any(p.requires_grad for p in layer.parameters()) for layer in layers]
    lowest = 0 if any(p.requires_grad for p in below) else (learning.index(True) if any(learning) else len(layers))
    width = hidden_size(plain.config)
    per_token, per_square, body = 0.0, 0.0, 0
    for index, layer in enumerate(layers):
        weights = [module.weight for module in layer.modules() if isinstance(module, nn.Linear)]
        count = sum(weight.numel() for weight in weights)
        trained = sum(weight.numel() for weight in weights if weight.requires_grad)
        backward = index >= lowest
        per_token += 2 * count + (2 * count + 2 * trained if backward else 0)
        per_square += (12 if backward else 4) * width
        body += count
    return Flops(per_token, per_square, body)


def matmul_peak(seconds: float = 0.4) -> float:
    """Operations a second of bf16 matrix products, the best size of several, with the threads in use now."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return max(matmul_rate(torch.bfloat16, device, size, seconds) for size in _SIZES)
