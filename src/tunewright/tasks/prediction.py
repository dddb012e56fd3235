"""What a model says of one row, as people and programs read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Prediction"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one row.

    Attributes:
        label: the predicted label; labels joined by `|`; or the number as text.
        probability: of the label; for several labels of the least certain decision; None for numbers.
        probabilities: of every label; empty for numbers.
        value: the number, for regression.
    """

    label: str
    probability: float | None
    probabilities: dict[str, float]
    value: float | None = None

    def cells(self, probabilities: bool = False) -> dict[str, Any]:
        """The columns that `predict` adds to the row: `label` and `probability`, or `value` for numbers.

        Args:
            probabilities: with a column for every label.
        """
        found: dict[str, Any] = {}
        if self.value is not None:
            found["value"] = self.value
        else:
            found["label"] = self.label
            found["probability"] = None if self.probability is None else round(self.probability, 6)
        if probabilities:
            found |= {f"probability of {name}": round(p, 6) for name, p in self.probabilities.items()}
        return found
