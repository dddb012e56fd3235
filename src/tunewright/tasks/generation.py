"""Texts that a causal model writes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.data.plan import micro_batches
from tunewright.inputs.chat import end_of_turn
from tunewright.models.anatomy import inner_model
from tunewright.models.causal_families import rows_stand_alone
from tunewright.models.device import default_token_budget
from tunewright.models.generation import Decoding, write

__all__ = ["Continued", "generated", "kept_prompts", "room_for", "stops"]

_BUDGETS = 4
"""Budgets of a training's forward that are written for at once: only keys and values are kept of each token."""


@dataclass(frozen=True)
class Continued:
    """What a model went on with.

    Attributes:
        texts: one a prompt, in their order.
        cut: tokens at the beginning of each prompt that were not read, because there was no room for them.
    """

    texts: list[str]
    cut: list[int]


def generated(
    model: nn.Module,
    prompts: Sequence[list[int]],
    tokenizer: Any,
    *,
    max_length: int,
    max_new_tokens: int = 256,
    token_budget: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Continued:
    """What the model goes on with, the likeliest token each time, until it ends or the room is used up; in fp32.

    Prompts of like length are written for together, in families of which it is known that this changes no answer;
    otherwise those of one length. A prompt leaves room for its answer: `max_new_tokens`, but no more than half of
    `max_length` has to be free. Of a longer prompt the end is read, and `cut` says how much of its beginning is not.

    It ends at the tokens that the model's generation_config names, at the tokenizer's end of text, and at what ends a
    turn in the chat template.

    Args:
        model: of transformers, with a causal head, in evaluation mode.
        prompts: tokens of each.
        tokenizer: of the model.
        max_length: most tokens of prompt and answer together.
        max_new_tokens: most tokens of an answer.
        token_budget: tokens of one forward in training, by which batches are sized; None takes the device's.
        progress: told (prompts done, prompts in all) now and then.
    """
    kept, cut = kept_prompts(prompts, max_length, max_new_tokens)
    rooms = np.array([room_for(len(prompt), max_length, max_new_tokens) for prompt in kept], dtype=np.int64)
    budget = _BUDGETS * (token_budget or default_token_budget(next(model.parameters()).device))
    found, done = [""] * len(kept), 0
    for room in np.unique(rooms)[::-1].tolist():
        rows = np.flatnonzero(rooms == room).tolist()
        told = None if progress is None else functools.partial(_told, progress, done, len(kept))
        texts = _of_one_room(model, [kept[row] for row in rows], tokenizer, room, budget, told)
        for row, text in zip(rows, texts, strict=True):
            found[row] = text
        done += len(rows)
    return Continued(found, cut)


def _told(progress: Callable[[int, int], None], before: int, count: int, now: int, _: int) -> None:
    progress(before + now, count)


def _of_one_room(
    model: nn.Module,
    prompts: list[list[int]],
    tokenizer: Any,
    room: int,
    budget: int,
    progress: Callable[[int, int], None] | None,
) -> list[str]:
    """Answers of at most `room` tokens."""
    ends = stops(model, tokenizer)
    lengths = np.array([len(prompt) for prompt in prompts], dtype=np.int64)
    written = write(
        model,
        lambda rows: _padded_in_front([prompts[row] for row in rows], tokenizer.pad_token_id),
        _batches(lengths, room, budget, rows_stand_alone(inner_model(model).config)),
        Decoding(max_new_tokens=room, given={"eos_token_id": ends, "pad_token_id": tokenizer.pad_token_id}),
        device=next(model.parameters()).device,
        precision="fp32",
        progress=progress,
    )
    texts = (ids[:-1] if len(ids) and int(ids[-1]) in ends else ids for ids in written.ids)
    return [tokenizer.decode(ids.tolist(), skip_special_tokens=True).strip() for ids in texts]


def kept_prompts(
    prompts: Sequence[list[int]], max_length: int, max_new_tokens: int
) -> tuple[list[list[int]], list[int]]:
    """The end of each prompt that leaves room for an answer, and how many tokens before it are left out."""
    most = max(1, max_length - min(max_new_tokens, max_length // 2))
    return [list(prompt[-most:]) for prompt in prompts], [max(0, len(prompt) - most) for prompt in prompts]


def room_for(prompt: int, max_length: int, max_new_tokens: int) -> int:
    """Most tokens of the answer to a prompt of so many tokens."""
    return max(1, min(max_new_tokens, max_length - prompt))


def stops(model: nn.Module, tokenizer: Any) -> list[int]:
    """Tokens at which an answer ends."""
    settings = getattr(inner_model(model), "generation_config", None)
    stated = getattr(settings, "eos_token_id", None)
    found = [] if stated is None else list(stated) if isinstance(stated, (list, tuple)) else [int(stated)]
    if tokenizer.eos_token_id is not None:
        found.append(int(tokenizer.eos_token_id))
    if tokenizer.chat_template is not None:
        sign = end_of_turn(tokenizer)
        if sign in {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}:  # else it is a piece of plain text
            found.append(sign)
    return list(dict.fromkeys(found))


def _batches(lengths: NDArray[np.int64], room: int, budget: int, together: bool) -> list[NDArray[np.int64]]:
    """Prompts that are written for together; those of one length only, where padding could change an answer."""
    rows = np.arange(len(lengths), dtype=np.int64)
    if together:
        return micro_batches(rows, lengths + room, budget)
    found = []
    for length in np.unique(lengths).tolist():
        alike = rows[lengths == length]
        size = max(1, budget // (length + room))
        found += [alike[start : start + size] for start in range(0, len(alike), size)]
    return found


def _padded_in_front(prompts: list[list[int]], pad_id: int) -> dict[str, Tensor]:
    """`input_ids` and `attention_mask`, int64 (prompts, longest)."""
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad_id, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for index, prompt in enumerate(prompts):
        ids[index, width - len(prompt) :] = torch.tensor(prompt, dtype=torch.int64)
        mask[index, width - len(prompt) :] = 1
    return {"input_ids": ids, "attention_mask": mask}
