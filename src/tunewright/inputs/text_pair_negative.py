"""Two texts a row that belong together, and one or more that do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, Unpack

from pydantic import Field

from tunewright.cells.spelled import listed
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Reading
from tunewright.inputs.text_pair import TextPairInput
from tunewright.inputs.tokens import ColumnNames, join_cells
from tunewright.inputs.wrong_partners import with_negatives

__all__ = ["MOST_NEGATIVES", "TextPairNegativeInput"]

MOST_NEGATIVES = 256
"""The largest `most_negatives`."""


class TextPairNegativeInput(TextPairInput):
    """Two texts that belong together, and a third that looks as if it did: a question, its answer, and an answer that
    is near and wrong (a hard negative).

    The third is read in training alone: what is measured and predicted are pairs. Its cell may be empty, and a list of
    texts in it (JSON lines, parquet, or spelled in a cell, by JSON or Python: `["one", "another"]`) is several wrong
    partners.
    """

    contrasts: ClassVar[bool] = True
    optional: ClassVar[tuple[str, ...]] = ("negative",)

    kind: Literal["text+pair+negative"] = "text+pair+negative"  # type: ignore[assignment]
    """Which input this is."""
    negative: ColumnNames
    """Column of texts that are wrong beside the first one, or a list of columns that make one text."""
    most_negatives: int = Field(default=16, ge=1, le=MOST_NEGATIVES)
    """Wrong partners that are read of a row, the first of its list: all texts of a row are in memory at once. The audit
    names the rows that list more."""

    @property
    def roles(self) -> dict[str, str]:
        named = {"text": self.text, "pair": self.pair, "negative": self.negative}
        return {role: " + ".join(self._names(columns)) for role, columns in named.items()}

    @property
    def columns(self) -> tuple[str, ...]:
        return (*super().columns, *self._names(self.negative))

    @property
    def predict_columns(self) -> tuple[str, ...]:
        return super().columns

    def wrong(self, cells: Cells) -> list[list[str]]:
        """The wrong partners of each row that are read; none where the cell is empty, or where new rows have no such
        column."""
        return [texts[: self.most_negatives] for texts in self.listed(cells)]

    def listed(self, cells: Cells) -> list[list[str]]:
        """All that each row lists, those beyond `most_negatives` too."""
        names = self._names(self.negative)
        if not all(name in cells for name in names):
            return [[] for _ in cells[self.columns[0]]]
        if len(names) == 1:
            return [[text for text in _texts(cell) if text.strip()] for cell in cells[names[0]]]
        joined = join_cells([cells[name] for name in names])
        return [[text] if text else [] for text in map(str.strip, joined)]

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        **how: Unpack[Reading],
    ) -> Encoded:
        """Tokens of every pair, and of the wrong partners where texts are read apart: read together, there are none."""
        pairs = super().encode(cells, tokenizer, max_length, progress, **how)
        return with_negatives(pairs, self.wrong(cells), tokenizer, max_length) if how.get("apart") else pairs


def _texts(cell: str | tuple[str, ...] | None) -> Sequence[str]:
    """The texts of a cell, which a file without lists may spell: `["one", "another"]`."""
    if isinstance(cell, tuple):
        return cell
    texts = listed(cell or "")
    return texts if texts is not None and all(isinstance(one, str) for one in texts) else [cell or ""]
