"""Small random causal models of every family that is packed, with weights so large that tokens differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from tunewright.inputs import Encoded
from tunewright.models.source import quiet_transformers

VOCABULARY = 120
WINDOW = 6
"""Tokens that a layer with a sliding window sees: fewer than most rows have."""
WINDOWED: dict[str, dict[str, Any]] = {
    "gemma3_text": {"sliding_window": WINDOW, "layer_types": ["sliding_attention", "full_attention"]},
    "mistral": {"sliding_window": WINDOW},
    "phi3": {"sliding_window": WINDOW},
    "qwen2": {
        "use_sliding_window": True,
        "sliding_window": WINDOW,
        "layer_types": ["full_attention", "sliding_attention"],
    },
    "qwen3": {
        "use_sliding_window": True,
        "sliding_window": WINDOW,
        "layer_types": ["sliding_attention", "full_attention"],
    },
}
"""Families whose layers can have one, and how to ask for it."""


def tiny_causal(family: str, seed: int = 0, **changes: Any) -> Any:
    """A model of two layers, width 32, four heads of queries and, where the family can, two of keys and values."""
    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "max_position_embeddings": 96, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    if family not in ("gpt2", "gpt_neox"):
        sizes["num_key_value_heads"] = 2
    if family in ("gemma", "gemma3_text", "qwen3"):
        sizes["head_dim"] = 8
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **(sizes | changes)))
        for parameter in model.parameters():
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def some_rows(lengths: tuple[int, ...] = (5, 17, 9, 9, 1, 12), seed: int = 0) -> Encoded:
    """Rows of random tokens."""
    draw = np.random.default_rng(seed)
    ids = draw.integers(3, VOCABULARY, sum(lengths)).astype(np.int32)
    return Encoded(
        ids=ids,
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        types=None,
        full_lengths=np.array(lengths, dtype=np.int64),
        unknown=0,
        pad_id=0,
    )
