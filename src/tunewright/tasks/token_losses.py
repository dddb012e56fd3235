"""How likely a language model finds the tokens of a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from torch import Tensor, nn
from torch.nn import functional

from tunewright.losses.chunked_cross_entropy import chunked_cross_entropy
from tunewright.models.anatomy import inner_model
from tunewright.models.language_head import left_out, plain_head

__all__ = ["token_losses"]


def token_losses(
    model: nn.Module, arguments: Mapping[str, Tensor], at: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """How unlikely some tokens are, without a matrix of all logits where the model allows that.

    Args:
        model: of transformers, with a language head, or one wrapped by peft.
        arguments: what it is called with.
        at: bool (rows, width), the outputs that are asked.
        targets: int64 (asked,), the token that each of them should have named.

    Returns:
        -log probability (asked,), fp32, and by how much that of the likeliest token is higher (asked,).
    """
    head = plain_head(inner_model(model))
    if head is None:
        logits = cast(Any, model)(**arguments).logits[at].float()
        loss = functional.cross_entropy(logits, targets, reduction="none")
        known = logits.detach()
        return loss, known.amax(dim=-1) - known.gather(-1, targets[:, None])[:, 0]
    with left_out(head):
        hidden = cast(Any, model)(**arguments).logits[at]
    return chunked_cross_entropy(hidden, head.weight, head.bias, targets)
