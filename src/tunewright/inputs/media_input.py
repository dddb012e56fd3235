"""What inputs of pictures and of sounds share: cells that say where the content stands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Unpack

import numpy as np
from numpy.typing import NDArray

from tunewright.inputs.contents import Unreadable, content_key, name_of, raw_of
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Input, Look, Reading
from tunewright.inputs.media import Media, Reader

__all__ = ["MediaInput", "rows_of_media"]

_ONE = "is a list; write the one path without brackets"
_SEVERAL = "lists several files where one is wanted"


class MediaInput(Input):
    """One picture or sound a row, in a column of paths, or of bytes."""

    counts_tokens: ClassVar[bool] = False
    shard_rows: ClassVar[int] = 256
    processor_class: ClassVar[str]
    """The class of transformers that opens the saved preparation."""

    @property
    @abstractmethod
    def column(self) -> str:
        """The column that names the files, or holds their bytes."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def roles(self) -> dict[str, str]:
        return {str(self.kind): self.column}

    @property
    def content_columns(self) -> tuple[str, ...]:
        return (self.column,)

    def texts(self, cells: Cells) -> list[str]:
        return [name_of(cell) for cell in cells[self.column]]

    def looked_at(self, cells: Cells) -> Iterator[Look]:
        """Every row decoded to its end, once: a picture that is cut short shows itself at no other place."""
        for cell in cells[self.column]:
            try:
                if isinstance(cell, tuple):
                    raise Unreadable("missing_file", _ONE if len(cell) == 1 else _SEVERAL)
                raw = raw_of(cell if isinstance(cell, str) else "")
                self.check(raw)
            except Unreadable as error:
                yield Look(error.code, error.note)
            else:
                yield Look(content=content_key(raw).hex())

    @abstractmethod
    def check(self, raw: bytes) -> None:
        """Decode a content and forget it.

        Raises:
            Unreadable: it is no picture or sound, or ends before it should.
        """

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        **how: Unpack[Reading],
    ) -> Encoded:
        """Where every row's content stands, and how long it is; `tokenizer` is what `preprocessor` answered."""
        media = Media.of_cells(cells[self.column], tokenizer)
        if progress:
            progress(len(media), len(media))
        return rows_of_media(media)

    def longest(self, preprocessor: Any, wanted: int | None) -> int | None:
        most: int = preprocessor.longest
        return most

    def thumbnails(self, encoded: Encoded, rows: Sequence[int]) -> list[bytes]:
        assert encoded.media is not None
        reader: Reader = encoded.media.reader
        return [reader.thumbnail(encoded.media.values(row)) for row in rows]

    def plainly(self, cells: Cells, encoded: Encoded, folder: Path) -> dict[str, Any]:
        """Each row as a file of numpy, decoded here: how a file is opened is no business of transformers."""
        media = encoded.media
        assert media is not None
        rows = []
        for row, cell in enumerate(cells[self.column]):
            array, options = media.reader.plainly(media.values(row), raw_of(cell if isinstance(cell, str) else ""))
            np.save(folder / f"{row}.npy", array, allow_pickle=False)
            rows.append({"file": str(folder / f"{row}.npy"), "options": options})
        return {"processor": self.processor_class, "rows": rows}


def rows_of_media(media: Media) -> Encoded:
    """Rows that hold a picture or sound and no token."""
    offsets: NDArray[np.int64] = np.zeros(len(media) + 1, dtype=np.int64)
    none = np.zeros(0, dtype=np.int32)
    return Encoded(none, offsets, None, media.lengths, unknown=0, pad_id=0, media=media)
