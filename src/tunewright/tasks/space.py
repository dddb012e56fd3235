"""The space of targets: names in a fixed order, learned from the training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Space"]


@dataclass(frozen=True)
class Space:
    """What the model's outputs mean.

    Attributes:
        kind: one class of several, any number of labels, a number, a tag for each word, starts and ends, vectors, a
            text, tokens of a vocabulary, or one of two answers.
        names: label of each output, sorted; for a number the target's name alone; for a text none; for tokens what is
            said of each.
        counts: training rows of each label; words of each tag; for spans, rows with an answer and rows without.
        mean, scale: mean and standard deviation of a number over the training rows; 0 and 1 once folded into the model.
    """

    kind: Literal["classes", "labels", "number", "tags", "spans", "vectors", "text", "tokens", "preferences"]
    names: tuple[str, ...]
    counts: tuple[int, ...] = ()
    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def of_config(cls, config: Any) -> Space:
        """The space of a saved model, from its `id2label` and `problem_type`; tags have no such type."""
        names = tuple(str(config.id2label[index]) for index in sorted(config.id2label))
        kinds: dict[str | None, Literal["classes", "labels", "number", "tags"]] = {
            None: "tags",
            "single_label_classification": "classes",
            "multi_label_classification": "labels",
            "regression": "number",
        }
        return cls(kinds[config.problem_type], names, (0,) * len(names))
