"""Texts beyond a model's limit, read through overlapping windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunewright.inputs.tagged_tokens import special_tokens

__all__ = ["Window", "windows_over"]

Window = tuple[list[int], list[int]]
"""Ids and segments of the tokens of one window, special ones included; no segments for models that have none."""


def windows_over(
    texts: Sequence[str], tokenizer: Any, max_length: int, overlap: int, with_types: bool
) -> list[list[Window]]:
    """The windows of each text, in its order: each as long as the limit, but for the last.

    Args:
        texts: one a row.
        tokenizer: a transformers tokenizer that can go on behind a cut (a fast one).
        max_length: tokens of a window, special ones included.
        overlap: tokens that two neighbouring windows share.
        with_types: whether the model has segments.

    Raises:
        RecipeError: the tokenizer cannot, or windows would not move on.
    """
    special_tokens(tokenizer, max_length, overlap)
    found: list[list[Window]] = [[] for _ in texts]
    if not texts:
        return found
    out = tokenizer(
        list(texts), truncation=True, max_length=max_length, stride=overlap, return_overflowing_tokens=True,
        return_attention_mask=False, return_token_type_ids=with_types, verbose=False,
    )  # fmt: skip
    for window, row in enumerate(out["overflow_to_sample_mapping"]):
        found[row].append((out["input_ids"][window], out["token_type_ids"][window] if with_types else []))
    return found
