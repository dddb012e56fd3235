"""The longest input a model can read."""

from __future__ import annotations

from typing import Any

from tunewright.errors import Problem, RecipeError

__all__ = ["longest_input", "positions_follow_padding"]

# families whose position table starts behind the padding id, so that two of its rows are never used
_OFFSET_FAMILIES = {
    "roberta",
    "roberta-prelayernorm",
    "xlm-roberta",
    "xlm-roberta-xl",
    "camembert",
    "xmod",
    "ibert",
    "luke",
    "mpnet",
    "longformer",
    "esm",
    "data2vec-text",
}
_PRETRAINED = {"longt5": 4096}
"""Families without a table of positions whose rows were long when they were pretrained (Guo et al. 2022): they can read
more, as far as memory goes."""
_FALLBACK = 512


def positions_follow_padding(config: Any) -> bool:
    """Whether the family counts positions from its padding id on, so that the id must stay what it was trained with."""
    return config.model_type in _OFFSET_FAMILIES


def longest_input(config: Any, tokenizer: Any, wanted: int | None) -> int:
    """Tokens, special ones included: what the recipe asks for, or the most that model and tokenizer both take.

    Raises:
        RecipeError: the recipe asks for more than the model has positions.
    """
    text = config.get_text_config()
    # the second is the encoder's own, in families that read more than they write (LED)
    positions = getattr(text, "max_position_embeddings", None) or getattr(text, "max_encoder_position_embeddings", None)
    if positions and positions_follow_padding(config):
        positions -= 2
    stated = tokenizer.model_max_length if tokenizer.model_max_length < 1_000_000 else None
    known = [int(limit) for limit in (positions or _PRETRAINED.get(config.model_type), stated) if limit and limit > 0]
    most = min(known) if known else _FALLBACK
    if wanted is None:
        # causal models state 100k and more; nobody means that as the default of a classifier
        return min(most, 8192)
    if positions and wanted > positions:
        raise RecipeError(
            "The recipe cannot be used.",
            [
                Problem(
                    "data.max_length",
                    f"is {wanted}, and this model has positions for {positions} tokens",
                    f"Allowed: 4 to {positions}, or null for {most}.",
                )
            ],
        )
    return wanted
