"""A text in another language."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import nn

from tunewright.metrics import MetricInfo, translation
from tunewright.metrics.translation import OverlapCounts
from tunewright.tasks.languages import forced_language, set_languages
from tunewright.tasks.text_rows import TextRows
from tunewright.tasks.writing_task import WritingTask

__all__ = ["Translate"]


class Translate(WritingTask):
    """The same text in another language, by an encoder-decoder model: Marian, mBART, NLLB, M2M100, T5, mT5.

    Measured by chrF and BLEU, and by TER, which estimates the effort of mending a translation by hand.
    """

    primary: ClassVar[str] = "chrf"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = translation.NAMES
    baselines: ClassVar[tuple[str, ...]] = ("copy", "nearest")

    kind: Literal["translate"] = "translate"
    """Which task this is."""
    source_language: str | None = None
    """Language that is read, by the model's own code (mBART `en_XX`, NLLB `eng_Latn`, M2M100 `en`); null for models of
    one pair."""
    target_language: str | None = None
    """Language that is written, by the model's own code; `zh`, `ja` and the like also cut words for BLEU; null looks at
    the references."""
    beams: int = Field(default=6, ge=1)
    """Texts kept while the finished model writes (beam search); 1 takes the most probable token each time."""

    @property
    def search(self) -> int:
        return self.beams

    def ready(self, config: Any, tokenizer: Any) -> None:
        translation.refuse_without_sacrebleu()
        set_languages(tokenizer, self.source_language, self.target_language)
        super().ready(config, tokenizer)

    def begins(self, model: nn.Module, tokenizer: Any) -> dict[str, int]:
        return super().begins(model, tokenizer) | forced_language(tokenizer, self.target_language)

    def metric_values(
        self, truth: TextRows, answers: TextRows, weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return translation.values(_counts(truth, answers, self.target_language), weights)

    def wrongness(self, truth: TextRows, answers: TextRows) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """How much of a row's own chrF is missing."""
        missing = 1.0 - _counts(truth, answers, self.target_language).each_chrf()
        return missing > 0, missing


@functools.lru_cache(maxsize=4)
def _counts(truth: TextRows, answers: TextRows, language: str | None) -> OverlapCounts:
    """Counted once for all draws of the bootstrap."""
    tokenizer = translation.bleu_tokenizer(language, truth.texts)
    return translation.counts(answers.texts, truth.texts, tokenizer)
