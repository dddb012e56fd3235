"""A short text that says what a long one says."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tunewright.metrics import MetricInfo, rouge
from tunewright.tasks.text_rows import TextRows
from tunewright.tasks.writing_task import WritingTask

__all__ = ["Summarise"]


class Summarise(WritingTask):
    """A shorter text for each text, by an encoder-decoder model: T5, mT5, LongT5, mBART.

    Measured by ROUGE, which counts words in common and knows nothing of truth: read the examples, too.
    """

    primary: ClassVar[str] = "rougeL"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = rouge.NAMES
    baselines: ClassVar[tuple[str, ...]] = ("copy", "lead")

    kind: Literal["summarise"] = "summarise"
    """Which task this is."""
    beams: int = Field(default=4, ge=1)
    """Texts kept while the finished model writes (beam search); 1 takes the most probable token each time."""
    no_repeat_ngram: int = Field(default=3, ge=0)
    """Tokens in a row that may not come twice in a summary (Paulus et al. 2018 take 3); 0 allows it."""

    @property
    def search(self) -> int:
        return self.beams

    def metric_values(
        self, truth: TextRows, answers: TextRows, weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return rouge.values(_each(truth, answers), weights)

    def wrongness(self, truth: TextRows, answers: TextRows) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """How much of a row's own ROUGE-L is missing."""
        missing = 1.0 - _each(truth, answers)[:, 0]
        return missing > 0, missing


@functools.lru_cache(maxsize=4)
def _each(truth: TextRows, answers: TextRows) -> NDArray[np.float64]:
    """Counted once for all draws of the bootstrap."""
    return rouge.each_row(answers.texts, truth.texts)
