"""Tasks that learn to foresee tokens of the text itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from tunewright.data.table import Cell, Table
from tunewright.data.usable import TargetKind
from tunewright.inputs import Encoded, Input
from tunewright.inputs.blocks import join_into_blocks
from tunewright.losses import LossSum
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo, perplexity
from tunewright.models.head import ProblemType
from tunewright.models.language_head import bare_language_model
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.task import Outputs, Task
from tunewright.tasks.token_scores import BEHIND, COUNTED, LOSS, TOKENS, TokenScores, score_rows

__all__ = ["TextTask", "joined", "laid_out"]


class TextTask(Task):
    """Tokens of the text are foreseen: there is no target, and figures count tokens.

    A model's outputs are what `TOKENS` names, for each token that is no padding: the logits themselves, a number for
    each entry of the vocabulary, are never kept.
    """

    target_kind: ClassVar[TargetKind] = "none"
    learns: ClassVar[OutputKind] = "token"
    problem_type: ClassVar[ProblemType | None] = None
    primary: ClassVar[str] = "perplexity"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = perplexity.NAMES
    baselines: ClassVar[tuple[str, ...]] = ("unigram",)
    per_token: ClassVar[bool] = True

    loss: Annotated[Part, PartOf("loss")] = Field(default="token_cross_entropy", validate_default=True)
    """What training makes small, summed over the tokens that are learned: `token_cross_entropy`."""

    @abstractmethod
    def learnable(self, encoded: Encoded) -> NDArray[np.bool_]:
        """(tokens,): which tokens training can be about."""

    @abstractmethod
    def counted(self, encoded: Encoded) -> NDArray[np.bool_]:
        """(tokens,): which tokens figures are about."""

    def misfit(self, inputs: Input) -> tuple[str, str] | None:
        if inputs.tells_words:
            return None
        return f"is {inputs.kind}, and {self.kind} reads running text", "Write {text: COLUMN}."

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded) -> Space:
        return TOKENS

    def saved_space(self, config: Any) -> Space:
        return TOKENS

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded) -> NDArray[np.int8]:
        """Nothing: the truth is in the text."""
        return np.zeros(len(encoded.full_lengths), dtype=np.int8)

    def targets(
        self, truth: NDArray[np.int8], encoded: Encoded, samples: NDArray[np.int64], space: Space
    ) -> NDArray[np.int64]:
        """(tokens of the samples,): the tokens."""
        return encoded.ids[encoded.tokens_of(samples)].astype(np.int64)

    def bare_model(self, config: Any, space: Space) -> nn.Module:
        return bare_language_model(config, self.auto_class)

    def compute_loss(self, outputs: Tensor, targets: Tensor, space: Space) -> LossSum:
        """Over the tokens that figures count."""
        counts = outputs[:, COUNTED] > 0
        return LossSum(outputs[counts, LOSS].sum(), float(counts.sum()))

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> TokenScores:
        return score_rows(outputs, encoded)

    def decide(self, answers: TokenScores, space: Space) -> list[str]:
        return [f"perplexity {value:.4g}" for value in answers.perplexity]

    def in_words(self, truth: NDArray[np.int8], space: Space) -> list[str]:
        return ["the text itself"] * len(truth)

    def predictions(self, answers: TokenScores, space: Space, texts: Sequence[str]) -> list[Prediction]:
        """How surprising each text is, and of how many tokens."""
        return [
            Prediction(words, None, {}, columns={"perplexity": float(f"{value:.6g}"), "tokens": int(tokens)})
            for words, value, tokens in zip(
                self.decide(answers, space), answers.perplexity, answers.tokens, strict=True
            )
        ]

    def metric_values(
        self, truth: NDArray[np.int8], answers: TokenScores, weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return perplexity.values(answers.loss, answers.right, answers.tokens, weights)

    def wrongness(self, truth: NDArray[np.int8], answers: TokenScores) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """By perplexity: the texts that the model understands least."""
        return answers.right < answers.tokens, answers.perplexity

    def told_anew(self, found: Sequence[Any], encoded: Encoded) -> Outputs:
        told = np.concatenate([np.zeros((0, 2)), *(np.asarray(one, dtype=np.float64).reshape(-1, 2) for one in found)])
        outputs = np.zeros((len(encoded.ids), 3))
        counted = self.counted(encoded)
        outputs[counted, LOSS], outputs[counted, BEHIND], outputs[counted, COUNTED] = told[:, 0], told[:, 1], 1.0
        return outputs.astype(np.float32)


def joined(table: Table, inputs: Input, tokenizer: Any, max_length: int) -> Table:
    """The rows of a split as blocks that fill the model's length; a block stands where its first row does."""
    texts = [text if isinstance(text, str) else "\n".join(text) for text in inputs.texts(table.columns)]
    if not texts:
        return table
    blocks = join_into_blocks(texts, tokenizer, max_length)
    first, *others = inputs.columns
    changed: dict[str, list[Cell]] = {first: [text for _, text in blocks]}
    changed |= {name: [None] * len(blocks) for name in others}
    return table.take([row for row, _ in blocks]).with_columns(changed)


def laid_out(loss: Tensor, behind: Tensor, counted: Tensor, real: Tensor) -> Tensor:
    """Scores of some tokens as outputs of all: fp32 (tokens that are no padding, 3).

    Args:
        loss, behind: (counted tokens,).
        counted: bool (rows, width), which tokens these are.
        real: bool (rows, width), which are no padding.
    """
    outputs = torch.zeros((*counted.shape, 3), dtype=torch.float32, device=loss.device)
    outputs[counted] = torch.stack([behind, torch.ones_like(loss), loss], dim=-1)
    return outputs[real]
