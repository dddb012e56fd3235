"""The contract of an input: which columns it reads and how they become tensors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.tagged_tokens import tokenize_words
from tunewright.inputs.tokens import tokenize
from tunewright.inputs.words import Spans
from tunewright.recipe import Part

__all__ = ["Cells", "Input"]

Cells = Mapping[str, Sequence[str | tuple[str, ...] | None]]
"""Columns by name."""


class Input(Part):
    """What a model reads of a row."""

    tells_words: ClassVar[bool] = False
    """Whether it can say where the words stand, for tasks that label words."""
    words_are_given: ClassVar[bool] = False
    """Whether these words are cells of the data, and not found in running text."""
    tells_places: ClassVar[bool] = False
    """Whether it reads a text, `marked`, that answers can be places of."""
    truncation: ClassVar[str] = "longest_first"
    """Which side of a pair is cut, as transformers' tokenizers call it; windows need `only_second`."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it needs."""

    @property
    def roles(self) -> dict[str, str]:
        """Role to column(s), for people: `{"text": "title + body"}`."""
        named = {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}
        return {role: value if isinstance(value, str) else " + ".join(value) for role, value in named.items()}

    @abstractmethod
    def texts(self, cells: Cells) -> list[str] | list[tuple[str, str]]:
        """What the tokenizer is given for each row; empty cells count as empty text."""

    @property
    def together(self) -> str | None:
        """A column whose equal values belong to many rows that must not part over two splits."""
        return None

    def marked(self, cells: Cells) -> list[str]:
        """The text of each row that places in answers count in; a pair is joined by a line break."""
        return [text if isinstance(text, str) else "\n".join(text) for text in self.texts(cells)]

    def words(self, cells: Cells) -> Iterator[Spans]:
        """Where the words stand in `texts`, row by row; asked only where `tells_words`."""
        raise NotImplementedError(f"{self.kind} tells no words apart")

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        *,
        words: bool = False,
        overlap: int | None = None,
    ) -> Encoded:
        """Tokens of every row, cut to `max_length`, with what was lost.

        Args:
            cells: columns by name, of equal length.
            tokenizer: a transformers tokenizer.
            max_length: longest row in tokens, special ones included.
            progress: told (rows done, rows in all) now and then.
            words: keep which tokens begin which words; asked only where `tells_words`.
            overlap: read longer rows, of one text each, through windows that share this many tokens; None cuts.
        """
        texts = self.texts(cells)
        if words:
            spans = list(self.words(cells))
            encoded = tokenize_words(cast(list[str], texts), spans, tokenizer, max_length, overlap, progress)
            assert encoded.words is not None
            return replace(encoded, words=replace(encoded.words, given=self.words_are_given))
        first = [text if isinstance(text, str) else text[0] for text in texts]
        second = [text[1] for text in texts if not isinstance(text, str)]
        return tokenize(first, second or None, tokenizer, max_length, progress, overlap)

    def collate(self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64]) -> dict[str, Tensor]:
        """The model's arguments for some samples."""
        return encoded.collate(samples)
