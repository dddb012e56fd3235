"""A causal model reads on in the texts of a domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from tunewright.data.table import Table
from tunewright.inputs import Encoded, Input
from tunewright.tasks.next_token import NextToken
from tunewright.tasks.text_task import joined

__all__ = ["LanguageModel"]


class LanguageModel(NextToken):
    """Causal language modelling: every token is foreseen from those before it (continued pre-training).

    For a Llama, Qwen or GPT that shall know the language of a domain; an encoder learns by `masked`.
    """

    kind: Literal["language_model"] = "language_model"
    """Which task this is."""
    join: bool = Field(default=True)
    """Join rows into blocks that fill the model's length, end to end; false reads each row by itself."""

    def arranged(self, table: Table, inputs: Input, tokenizer: Any, max_length: int) -> Table:
        return joined(table, inputs, tokenizer, max_length) if self.join else table

    def words(self) -> bool:
        return False

    def marked(self, encoded: Encoded, tokenizer: Any) -> Encoded:
        """Padded behind: positions count from a row's first token then, in every family."""
        return replace(encoded, pad_left=False, types=None)

    def learnable(self, encoded: Encoded) -> NDArray[np.bool_]:
        found = np.ones(len(encoded.ids), dtype=np.bool_)
        found[encoded.offsets[:-1]] = False
        return found

    def counted(self, encoded: Encoded) -> NDArray[np.bool_]:
        return self.learnable(encoded)

    def learned(self, arguments: Mapping[str, Tensor]) -> Tensor:
        return torch.ones_like(arguments["input_ids"], dtype=torch.bool)
