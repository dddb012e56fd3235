"""What a task asks of rows before a model sees them: which inputs suit it, and how they become tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tunewright.data.table import Cell, Table
from tunewright.inputs import Encoded, Input
from tunewright.inputs.input import Cells
from tunewright.inputs.target_tokens import TargetTokens
from tunewright.inputs.words import Spans
from tunewright.recipe import Part

__all__ = ["Reads"]


class Reads(Part):
    """The half of a task's contract that is about rows; by default they are read as the input gives them."""

    paired: ClassVar[bool] = False
    """Whether it asks something of two texts, so that its input must be a pair."""
    contrasts: ClassVar[bool] = False
    """Whether it can learn from texts that are wrong beside the right one."""
    per_token: ClassVar[bool] = False
    """Whether outputs belong to tokens instead of samples; its input must tell words apart, and may be windows."""
    in_windows: ClassVar[bool] = False
    """Whether it finds places in a row that is read through overlapping windows."""

    @property
    def apart(self) -> bool:
        """Whether the two texts of a pair are read each by itself."""
        return False

    def misfit(self, inputs: Input) -> tuple[str, str] | None:
        """Why it cannot be learned from this input, and what to write instead; None where it can."""
        if inputs.converses:
            return f"is {inputs.kind}, and {self.kind} learns no answers of a conversation", "Write {text: COLUMN}."
        if self.per_token and not inputs.tells_words:
            what = f"is {inputs.kind}, and {self.kind} labels the words of one text"
            return what, "Write {text: COLUMN} or {tokens: COLUMN}."
        if inputs.contrasts and not self.contrasts:
            what = f"is {inputs.kind}, and {self.kind} learns nothing from texts that are wrong"
            return what, "Write {text: COLUMN, pair: COLUMN}."
        if self.paired and "pair" not in inputs.roles:
            return f"is {inputs.kind}, and {self.kind} is about two texts", "Write {text: COLUMN, pair: COLUMN}."
        return None

    def ready(self, config: Any, tokenizer: Any) -> None:
        """Give the tokenizer what the task needs of it, which is saved with the model; changes nothing when it has it.

        Raises:
            UserError: the task cannot be learned with this model or tokenizer.
        """

    def text_prefix(self) -> str:
        """What stands before each text that the model reads."""
        return ""

    def read_targets(self, cells: Sequence[Cell], tokenizer: Any, max_length: int) -> TargetTokens | None:
        """Target cells as tokens, kept beside the tokens of the input; None where targets are no texts."""
        return None

    def encoded(
        self,
        inputs: Input,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        *,
        overlap: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        targets: Sequence[Cell] | None = None,
    ) -> Encoded:
        """Rows as the model reads them, and with `targets` what it shall write, where the task writes."""
        found = inputs.encode(
            cells,
            tokenizer,
            max_length,
            progress,
            words=self.words(),
            overlap=overlap,
            apart=self.apart,
            prefix=self.text_prefix(),
        )
        written = None if targets is None else self.read_targets(targets, tokenizer, max_length)
        return self.marked(found if written is None else replace(found, targets=written), tokenizer)

    def arranged(self, table: Table, inputs: Input, tokenizer: Any, max_length: int) -> Table:
        """The rows of a split as they are learned and measured: as they are, or joined into longer ones."""
        return table

    def words(self) -> bool | Callable[[str], Spans]:
        """Whether its input shall tell which tokens begin words; or how a text is cut into words."""
        return self.per_token

    def marked(self, encoded: Encoded, tokenizer: Any) -> Encoded:
        """Encoded rows with what else the task must know of each token (`Encoded.marks`)."""
        return encoded

    def ids_read(self, encoded: Encoded, config: Any) -> NDArray[np.integer[Any]]:
        """Every token that the model may be given in training, with or without repetitions."""
        return encoded.ids

    def faults(self, encoded: Encoded) -> dict[int, str]:
        """Rows that nothing can be learned from, now that they are tokens, and what is wrong with each."""
        return {}

    def learned_pieces(self, encoded: Encoded, row: int, tokenizer: Any) -> list[tuple[str, bool]]:
        """The text of a row in pieces, each with whether it is learned, to be looked at; none where all is alike."""
        return []
