"""What a model says of one row, as people and programs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Found", "Prediction"]


@dataclass(frozen=True, slots=True)
class Found:
    """An entity in a text.

    Attributes:
        start: its first character, counted from 0.
        end: the character behind its last.
        label: its type.
        text: what stands there.
        probability: of its least certain word.
    """

    start: int
    end: int
    label: str
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one row.

    Attributes:
        label: the predicted label; labels joined by `|`; or the number as text.
        probability: of the label; for several labels of the least certain decision; None for numbers.
        probabilities: of every label; empty for numbers.
        value: the number, for regression.
        entities: what was found in the text, for tagging; its label then says it in words.
        vector: of the text, or of the first text of a pair, of length 1; `value` is then the cosine of a pair.
        pair_vector: of the second text.
        text: what `start` and `end` count in, where the row held words instead of a text.
        written: the text that the model wrote; its probability is the geometric mean of those of its tokens.
        columns: what `predict` writes instead of `label` and `probability`, for tasks with columns of their own.
        unread: tokens at the beginning of the row that were not read, to leave room for a written answer.
    """

    label: str
    probability: float | None
    probabilities: dict[str, float]
    value: float | None = None
    unread: int = 0
    entities: tuple[Found, ...] | None = None
    text: str | None = None
    vector: tuple[float, ...] | None = None
    pair_vector: tuple[float, ...] | None = None
    written: str | None = None
    columns: Mapping[str, Any] | None = None

    def cells(self, probabilities: bool = False) -> dict[str, Any]:
        """The columns that `predict` adds: `label` and `probability`; `value` for numbers; `entities` for tags;
        `vector`, and `cosine` and `pair_vector` for pairs; `written` and `probability` for texts; or the task's own.

        Args:
            probabilities: with a column for every label.
        """
        found: dict[str, Any] = {}
        if self.columns is not None:
            found |= self.columns
        elif self.entities is not None:
            found |= {} if self.text is None else {"text": self.text}
            found["entities"] = [asdict(one) | {"probability": round(one.probability, 6)} for one in self.entities]
        elif self.vector is not None:
            sides = {"vector": self.vector, "pair_vector": self.pair_vector}
            found |= {} if self.value is None else {"cosine": round(self.value, 6)}
            found |= {name: [round(x, 7) for x in side] for name, side in sides.items() if side is not None}
        elif self.value is not None:
            found["value"] = self.value
        else:
            found["label" if self.written is None else "written"] = self.label
            found["probability"] = None if self.probability is None else round(self.probability, 6)
        if probabilities:
            found |= {f"probability of {name}": round(p, 6) for name, p in self.probabilities.items()}
        return found
