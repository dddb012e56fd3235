"""AdamW with weight decay where it belongs."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from tunewright.models.anatomy import anatomy
from tunewright.recipe import Training

__all__ = ["apply_gradients", "build_optimizer", "set_learning_rate"]

_NORMS = (nn.LayerNorm, nn.RMSNorm, nn.GroupNorm)


def build_optimizer(model: nn.Module, plain: nn.Module, training: Training, learning_rate: float) -> torch.optim.AdamW:
    """Fused AdamW over the learning parameters, in up to four groups: decayed or not, body or head.

    Matrices decay; biases, norms (every one-dimensional parameter) and embeddings do not, as in the papers the defaults
    come from. Moments are fp32, as the weights are.

    Args:
        model: what trains, possibly wrapped by an adapter.
        plain: the transformers model inside, for its anatomy.
        training: the recipe's section.
        learning_rate: peak of the body.
    """
    head = anatomy(plain).head
    spared = {id(p) for m in model.modules() if isinstance(m, (nn.Embedding, *_NORMS)) for p in m.parameters()}
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            decays = parameter.ndim >= 2 and id(parameter) not in spared
            in_head = any(f".{h}." in f".{name}" for h in head)
            groups.setdefault((decays, in_head), []).append(parameter)
    head_rate = training.head_learning_rate or learning_rate
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "weight_decay": training.weight_decay if decays else 0.0,
                "peak": head_rate if in_head else learning_rate,
            }
            for (decays, in_head), parameters in groups.items()
        ],
        lr=learning_rate,
        betas=training.betas,
        eps=training.epsilon,
        fused=True,
    )


def set_learning_rate(optimizer: torch.optim.AdamW, factor: float) -> None:
    """Give every group its peak times `factor`."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def apply_gradients(optimizer: torch.optim.AdamW, factor: float) -> None:
    """One step of fused AdamW with every gradient times `factor`.

    The factor is applied as each gradient is read, which is cheaper than a pass of its own; gradients are left scaled.
    """
    scaled = cast(Any, optimizer)
    scaled.grad_scale = None if factor == 1.0 else torch.tensor(1.0 / factor, dtype=torch.float32)  # it divides by it
    try:
        optimizer.step()
    finally:
        del scaled.grad_scale
