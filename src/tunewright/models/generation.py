"""Lets a model write: many rows, batch by batch, with its cache of keys and values.

Knows nothing of tasks or texts: ids in, ids out. Works for models with a decoder behind an encoder, and for those that
go on with what they are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import LogitsProcessor, LogitsProcessorList

from tunewright.errors import NonFiniteError, ResourceError
from tunewright.models.anatomy import inner_model
from tunewright.models.attention import quick_attention
from tunewright.models.memory_pressure import is_out_of_memory
from tunewright.models.precision import autocast
from tunewright.models.source import quiet_transformers

__all__ = ["Decoding", "Written", "write"]


@dataclass(frozen=True)
class Decoding:
    """How a text is searched for.

    Attributes:
        beams: texts kept while writing; 1 takes the most probable token each time.
        max_new_tokens: longest text in tokens; a model with fewer positions stops there.
        length_penalty: exponent of the length that a beam's score is divided by; over 0 favours longer texts.
        no_repeat_ngram: tokens in a row that may not come twice; 0 allows all.
        given: further arguments of transformers' `generate`, such as the token that every text begins with.
    """

    beams: int = 1
    max_new_tokens: int = 128
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Written:
    """What was written, in the order of the rows.

    Attributes:
        ids: tokens of each row, without the prompt of a model that goes on with it, and without padding.
        cut: (rows,) bool, where the longest allowed text came before an end.
    """

    ids: list[NDArray[np.int64]]
    cut: NDArray[np.bool_]


@torch.inference_mode()
def write(
    model: nn.Module,
    arguments_of: Callable[[NDArray[np.int64]], Mapping[str, Tensor]],
    batches: Sequence[NDArray[np.int64]],
    decoding: Decoding,
    *,
    device: torch.device,
    precision: str,
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Let a model in evaluation mode write for every row. Running out of memory halves a batch.

    Args:
        model: a transformers model, or one wrapped by peft.
        arguments_of: makes the model's arguments (`input_ids`, `attention_mask`, ...) of some rows; a model that goes
            on with its input wants them padded on the left.
        batches: which rows to write for together, each row once; rows of like length pad least.
        decoding: how to search.
        device, precision: where and in which type to compute.
        progress: told (rows done, rows in all) now and then.

    Raises:
        NonFiniteError: the model's scores are NaN, of which any token could be called the best.
        ResourceError: a single row does not fit into memory.
    """
    count = sum(map(len, batches))
    found: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)] * count
    cut = np.zeros(count, dtype=np.bool_)
    inner, done = inner_model(model), 0
    options = _options(inner, decoding)
    with quick_attention(model, device, precision), autocast(precision, device), quiet_transformers():
        pending = [batch for batch in batches if len(batch)][::-1]
        while pending:
            piece = pending.pop()
            given = {name: tensor.to(device) for name, tensor in arguments_of(piece).items()}
            try:
                sequences = inner.generate(**given, **options)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if len(piece) == 1:
                    raise ResourceError("A single row does not fit into memory. Lower data.max_length.") from error
                half = (len(piece) + 1) // 2
                pending += [piece[half:], piece[:half]]
                continue
            prompt = 1 if inner.config.is_encoder_decoder else given["input_ids"].shape[1]
            for row, ids in zip(piece.tolist(), sequences[:, prompt:].cpu().numpy(), strict=True):
                found[row], cut[row] = _ended(ids, options["eos_token_id"], options["max_new_tokens"])
            done += len(piece)
            if progress:
                progress(done, count)
    return Written(found, cut)


def _options(inner: Any, decoding: Decoding) -> dict[str, Any]:
    """Arguments of `generate` that settle everything which a model's own generation_config may say otherwise."""
    options: dict[str, Any] = {
        "do_sample": False,
        "num_beams": decoding.beams,
        "num_return_sequences": 1,
        "max_new_tokens": min(decoding.max_new_tokens, _room(inner)),
        "max_length": None,
        "min_length": 0,
        "no_repeat_ngram_size": decoding.no_repeat_ngram,
        "encoder_no_repeat_ngram_size": 0,
        "repetition_penalty": 1.0,
        "use_cache": True,
        "return_dict_in_generate": False,
        "logits_processor": LogitsProcessorList([_Finite()]),
        "eos_token_id": _ends(inner),
    }
    if decoding.beams > 1:
        options |= {"length_penalty": decoding.length_penalty, "early_stopping": False}
    return options | dict(decoding.given)


def _ends(inner: Any) -> list[int]:
    """Ids that end a text."""
    stated = inner.generation_config.eos_token_id
    stated = inner.config.get_text_config(decoder=True).eos_token_id if stated is None else stated
    return list(stated) if isinstance(stated, (list, tuple)) else [] if stated is None else [int(stated)]


def _room(inner: Any) -> int:
    """Tokens that can be written behind the first, where a family has a table of positions."""
    positions = getattr(inner.config, "max_position_embeddings", None)
    if not inner.config.is_encoder_decoder or not positions:
        return np.iinfo(np.int32).max
    return max(1, int(positions) - 1)


def _ended(ids: NDArray[np.int64], ends: list[int], most: int) -> tuple[NDArray[np.int64], bool]:
    """A row's tokens up to its end, and whether none came."""
    places = np.flatnonzero(np.isin(ids, ends))
    if len(places):
        return ids[: int(places[0]) + 1].astype(np.int64), False
    return ids.astype(np.int64), len(ids) >= most


class _Finite(LogitsProcessor):  # type: ignore[misc]
    """Stops where a score is NaN."""

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        if math.isnan(float(scores.max(dim=-1).values.sum())):
            raise NonFiniteError(
                "The model's scores are not finite while it writes, so nothing can be said of its texts.\n"
                "  Evaluate in fp32 with training.precision=fp32; if that is no better, train again with a lower "
                "learning rate."
            )
        return scores
