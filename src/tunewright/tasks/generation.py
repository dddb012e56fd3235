"""Texts that a causal model writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import nn

__all__ = ["generated"]


@torch.inference_mode()
def generated(
    model: nn.Module, prompts: Sequence[list[int]], tokenizer: Any, *, max_length: int, max_new_tokens: int = 256
) -> list[str]:
    """What the model goes on with, the likeliest token each time, until it ends or the room is used up.

    One prompt at a time: no padding, so that an answer does not depend on its neighbours.

    Args:
        model: of transformers, with a causal head, in evaluation mode.
        prompts: tokens of each; of one that leaves no room its end is read.
        tokenizer: of the model.
        max_length: most tokens of prompt and answer together.
        max_new_tokens: most tokens of an answer.
    """
    device = next(model.parameters()).device
    found = []
    for prompt in prompts:
        room = max(1, min(max_new_tokens, max_length - len(prompt)))
        ids = torch.tensor([prompt[-max(1, max_length - room) :]], device=device)
        out = cast(Any, model).generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=room, do_sample=False, num_beams=1,
            pad_token_id=tokenizer.pad_token_id,
        )  # fmt: skip
        found.append(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True).strip())
    return found
