"""How a pretrained model is opened for a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunewright.models.dropout import dropout_settings

__all__ = ["LoadOptions"]


@dataclass(frozen=True)
class LoadOptions:
    """What the weights alone do not say.

    Attributes:
        pad_token_id: of the tokenizer, for models that name none.
        seed: of weights that the source does not have.
        dropout: rate for everything but attention weights; None leaves the model's own.
        attention_dropout: rate for attention weights; None leaves the model's own.
    """

    pad_token_id: int
    seed: int
    dropout: float | None = None
    attention_dropout: float | None = None

    def set_dropout(self, config: Any) -> None:
        """Write the rates into a configuration of transformers, under the names that it has for them."""
        for name, value in dropout_settings(config, self.dropout, self.attention_dropout).items():
            setattr(config, name, value)
