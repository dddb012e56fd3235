"""Causal models of which it is known, by test, that a row is answered alike whatever lies around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["CAUSAL_FAMILIES", "rows_stand_alone"]

CAUSAL_FAMILIES = frozenset(
    {
        "gemma",
        "gemma3_text",
        "gpt2",
        "gpt_neox",
        "granite",
        "llama",
        "mistral",
        "olmo2",
        "phi3",
        "qwen2",
        "qwen3",
        "smollm3",
    }
)
"""Families that take positions as an argument, and in which a token learns of others through attention alone, which
goes through transformers' registry. tests/models/test_packing.py goes through all of them."""
_FOLLOW_LENGTH = ("dynamic", "longrope")


def rows_stand_alone(config: Any) -> bool:
    """Whether a causal model's rows can be packed into one sequence, or padded in front, and be answered as if alone.

    No for families that are not in the table, for those that were set to look ahead, and where the longest row of a
    batch decides how the positions of all of them are turned.
    """
    if config.model_type not in CAUSAL_FAMILIES or not getattr(config, "is_causal", True):
        return False
    if getattr(config, "use_bidirectional_attention", False) or getattr(config, "add_cross_attention", False):
        return False
    return not any(kind in _FOLLOW_LENGTH for kind in _rope_types(getattr(config, "rope_parameters", None)))


def _rope_types(parameters: Any) -> list[str]:
    """How positions are turned, in all layers."""
    if not isinstance(parameters, Mapping):
        return []
    own = [str(parameters["rope_type"])] if "rope_type" in parameters else []
    return own + [kind for each in parameters.values() for kind in _rope_types(each)]
