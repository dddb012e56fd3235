"""Tasks whose causal model foresees the next token."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from tunewright.inputs import Batch, Encoded, Input
from tunewright.losses import LossSum
from tunewright.models.head import HeadClass
from tunewright.models.language_head import load_language_model
from tunewright.models.load_options import LoadOptions
from tunewright.models.row_places import first_tokens, real_tokens
from tunewright.models.source import Source
from tunewright.tasks.space import Space
from tunewright.tasks.text_task import TextTask, laid_out
from tunewright.tasks.token_losses import token_losses

__all__ = ["NextToken"]


class NextToken(TextTask):
    """Each token is foreseen from those before it; which of them are learned is the task's."""

    auto_class: ClassVar[HeadClass] = "AutoModelForCausalLM"
    takes_packed: ClassVar[bool] = True

    @abstractmethod
    def learned(self, arguments: Mapping[str, Tensor]) -> Tensor:
        """bool (rows, width): tokens that may be learned, the first of a row and padding apart."""

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        return load_language_model(source, self.auto_class, options)

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """What is said of a token stands at that token, and not where it was foreseen."""
        loss, behind, counted, real = self._foreseen(model, arguments)
        return laid_out(loss, behind, counted, real)

    def loss_of(self, model: nn.Module, batch: Batch, space: Space) -> LossSum:
        loss, _, counted, _ = self._foreseen(model, batch.arguments)
        return LossSum(loss.sum(), float(counted.sum()))

    def _foreseen(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Loss and distance of the learned tokens; which these are, and which are no padding, (rows, width) each."""
        ids, real = arguments["input_ids"], real_tokens(arguments)
        counted = self.learned(arguments) & real & ~first_tokens(arguments)
        at = torch.zeros_like(counted)
        at[:, :-1] = counted[:, 1:]
        given = {name: tensor for name, tensor in arguments.items() if name not in ("marks", "token_type_ids")}
        loss, behind = token_losses(model, given, at, ids[counted])
        return loss, behind, counted, real

    def asked_anew(self, inputs: Input, cells: Mapping[str, Sequence[Any]], encoded: Encoded) -> list[dict[str, Any]]:
        counted = self.counted(encoded)
        found = []
        for row, given in enumerate(self.given_anew(inputs, cells)):
            part = slice(int(encoded.offsets[row]), int(encoded.offsets[row + 1]))
            ids = encoded.ids[part]
            score = [[place - 1, int(ids[place])] for place in np.flatnonzero(counted[part]).tolist()]
            found.append({**given, "hide": [], "score": score})
        return found

    def given_anew(self, inputs: Input, cells: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
        """What the process with plain transformers is given to read of each row."""
        return [{"text": text} for text in inputs.texts(cells)]
