"""The contract of an input: which columns it reads and how they become tensors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, TypedDict, Unpack, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.tagged_tokens import tokenize_words
from tunewright.inputs.texts_apart import tokenize_apart
from tunewright.inputs.tokens import tokenize
from tunewright.inputs.words import Spans
from tunewright.recipe import Part

__all__ = ["Cells", "Input", "Look", "Reading"]

Cells = Mapping[str, Sequence[str | tuple[str, ...] | None]]
"""Columns by name."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a row's cells stand for, where they only say where it stands.

    Attributes:
        fault: kind of fault, as the audit counts it; empty for a row that can be read.
        note: what is the matter.
        content: equal for equal content, whatever the cells say.
    """

    fault: str = ""
    note: str = ""
    content: str = ""


class Reading(TypedDict, total=False):
    """What a task asks for beside the tokens of each row.

    Attributes:
        words: keep which tokens begin which words; asked only where `tells_words`. A function cuts texts into words in
            another way than the input would.
        overlap: read longer rows, of one text each, through windows that share this many tokens; None cuts.
        apart: encode the two texts of a pair each by itself, and cut each.
        prefix: what is put before each text, without `words`.
    """

    words: bool | Callable[[str], Spans]
    overlap: int | None
    apart: bool
    prefix: str


class Input(Part):
    """What a model reads of a row."""

    reads: ClassVar[str] = "text"
    """What it reads: baselines tell by it whether they can read it too."""
    counts_tokens: ClassVar[bool] = True
    """Whether a row's length is one in tokens, with a limit in `data.max_length`."""
    shard_rows: ClassVar[int] = 16_384
    """Most rows encoded between two notes on disk."""

    tells_words: ClassVar[bool] = False
    """Whether it can say where the words stand, for tasks that label words."""
    converses: ClassVar[bool] = False
    """Whether its rows are conversations, of which answers are learned."""
    contrasts: ClassVar[bool] = False
    """Whether its rows hold texts that are wrong beside the right one."""
    optional: ClassVar[tuple[str, ...]] = ()
    """Roles that may be empty in a row."""
    words_are_given: ClassVar[bool] = False
    """Whether these words are cells of the data, and not found in running text."""
    tells_places: ClassVar[bool] = False
    """Whether it reads a text, `marked`, that answers can be places of."""
    opened_by: ClassVar[str] = ""
    """The script of the pipeline that opens a saved model for its rows; empty where the task's own does."""
    truncation: ClassVar[str] = "longest_first"
    """Which side of a pair is cut, as transformers' tokenizers call it; windows need `only_second`."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it needs."""

    @property
    def predict_columns(self) -> tuple[str, ...]:
        """Names of the columns it needs of new rows."""
        return self.columns

    @property
    def roles(self) -> dict[str, str]:
        """Role to column(s), for people: `{"text": "title + body"}`."""
        named = {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}
        return {role: value if isinstance(value, str) else " + ".join(value) for role, value in named.items()}

    @property
    def content_columns(self) -> tuple[str, ...]:
        """Those of its columns whose cells may name a file."""
        return ()

    def looked_at(self, cells: Cells) -> Iterator[Look] | None:
        """What the cells of each row stand for; None where the cells are the content themselves."""
        return None

    def read_by(self, source: Any) -> Any:
        """The pretrained model (`models.source.Source`) as it is opened to read these rows."""
        return source

    def preprocessor(self, source: Any) -> Any:
        """What prepares rows for a model (`models.source.Source`), given as `tokenizer` to `encode`."""
        return source.tokenizer()

    def longest(self, preprocessor: Any, wanted: int | None) -> int | None:
        """The longest row, where the input has a limit of its own; None where model and tokenizer know it."""
        return None

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
        **how: Unpack[Reading],
    ) -> Encoded:
        """Tokens of every row, cut to `max_length`, with what was lost.

        Args:
            cells: columns by name, of equal length.
            tokenizer: a transformers tokenizer.
            max_length: longest row in tokens, special ones included.
            progress: told (rows done, rows in all) now and then.
            how: what the task asks for beside; an input that knows of no such thing passes it over.
        """
        words, overlap, prefix = how.get("words", False), how.get("overlap"), how.get("prefix", "")
        texts = self.texts(cells)
        if words:
            spans = list(map(words, cast(list[str], texts)) if callable(words) else self.words(cells))
            encoded = tokenize_words(cast(list[str], texts), spans, tokenizer, max_length, overlap, progress)
            assert encoded.words is not None
            return replace(encoded, words=replace(encoded.words, given=self.words_are_given))
        first = [prefix + (text if isinstance(text, str) else text[0]) for text in texts]
        second = [text[1] for text in texts if not isinstance(text, str)]
        if how.get("apart") and second:
            return tokenize_apart(first, second, tokenizer, max_length, progress)
        return tokenize(first, second or None, tokenizer, max_length, progress, overlap)

    def collate(self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64]) -> dict[str, Tensor]:
        """The model's arguments for some samples."""
        return encoded.collate(samples)

    def training_batch(
        self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64], seed: int, step: int
    ) -> dict[str, Tensor]:
        """The model's arguments for some samples of the training rows.

        What is drawn may follow from seed, step and sample alone, so that it is the same for every cut of the step, for
        every number of processes, and after a resume.
        """
        return self.collate(encoded, samples)

    def thumbnails(self, encoded: Encoded, rows: Sequence[int]) -> list[bytes]:
        """A small PNG of each row, for people who look at single rows; none where a text says it all."""
        return []

    def plainly(self, cells: Cells, encoded: Encoded, folder: Path) -> dict[str, Any]:
        """What plain transformers is given for these rows, in JSON; `folder` takes what is too large for that."""
        texts = self.texts(cells)
        paired = bool(texts) and isinstance(texts[0], tuple)
        return {
            "texts": [text[0] for text in texts] if paired else texts,
            "pairs": [text[1] for text in texts] if paired else None,
        }
