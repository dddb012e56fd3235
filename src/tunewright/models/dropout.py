"""Dropout rates by the many names that configurations give them."""

from __future__ import annotations

from typing import Any

__all__ = ["dropout_settings"]

_ATTENTION = ("attention_probs_dropout_prob", "attention_dropout", "attn_pdrop")
_OTHER = (
    "hidden_dropout_prob", "hidden_dropout", "dropout", "dropout_rate", "resid_pdrop", "embd_pdrop",
    "activation_dropout", "embedding_dropout", "mlp_dropout", "classifier_dropout", "classifier_dropout_prob",
    "seq_classif_dropout", "pooler_dropout", "cls_dropout", "summary_first_dropout",
    "feat_proj_dropout", "final_dropout",
)  # fmt: skip
_WHOLE_LAYERS = ("layerdrop", "encoder_layerdrop", "decoder_layerdrop", "drop_path_rate")
"""Rates at which whole layers are passed over; 0 for dropout means 0 for these, and any other rate says nothing of
them."""


def dropout_settings(config: Any, dropout: float | None, attention_dropout: float | None) -> dict[str, float]:
    """Attributes of the configuration to set, only those it has.

    Args:
        config: a transformers configuration.
        dropout: rate for everything but attention weights; None leaves them. With 0 no layer is left out either.
        attention_dropout: rate for attention weights; None leaves it. Over 0, the fast attention kernel is out of
        reach on
            CPU.
    """
    wanted: dict[str, float] = {}
    if dropout is not None:
        wanted |= {name: dropout for name in _OTHER if hasattr(config, name)}
        if dropout == 0:
            wanted |= {name: 0.0 for name in _WHOLE_LAYERS if hasattr(config, name)}
    if attention_dropout is not None:
        wanted |= {name: attention_dropout for name in _ATTENTION if hasattr(config, name)}
    return wanted
