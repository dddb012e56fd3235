"""One picture and one text a row, read together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Unpack

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.image import ImageInput
from tunewright.inputs.input import Cells, Reading
from tunewright.inputs.media import Media
from tunewright.inputs.picture_text import PictureTextReader, filled
from tunewright.inputs.tokens import ColumnNames, join_cells, tokenize

__all__ = ["ImageTextInput"]


class ImageTextInput(ImageInput):
    """One picture and one text, of which each says a part: a product's photo with its title, a scan with a note.

    Read by models that have a tower for each (CLIP, SigLIP). What is learned is a head over both.
    """

    reads: ClassVar[str] = "image+text"
    counts_tokens: ClassVar[bool] = True
    opened_by: ClassVar[str] = "fresh_towers.py"

    kind: Literal["image+text"] = "image+text"  # type: ignore[assignment]
    """Which input this is."""
    text: ColumnNames
    """Column that holds the text, or a list of columns (`[title, body]`)."""
    fusion: Literal["concat", "cross"] = "concat"
    """How the two meet in the head: `concat` takes both vectors and their product; with `cross` each token of the text
    looks at the patches of the picture first, for what depends on a detail that the text names."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.image, *self._text_columns)

    @property
    def _text_columns(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else self.text

    @property
    def roles(self) -> dict[str, str]:
        return {"image": self.image, "text": " + ".join(self._text_columns)}

    def texts(self, cells: Cells) -> list[str]:
        return join_cells([cells[name] for name in self._text_columns])

    def read_by(self, source: Any) -> Any:
        return source.joining(self.fusion)

    def preprocessor(self, source: Any) -> PictureTextReader:
        return PictureTextReader.beside(
            source.tokenizer(), source.image_processor(), source.config().vision_config, source.fills_texts()
        )

    def longest(self, preprocessor: Any, wanted: int | None) -> int | None:
        return None  # of the text: a picture has the model's own size

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        **how: Unpack[Reading],
    ) -> Encoded:
        """Tokens of every text, cut to `max_length`, and where every picture stands; a row's length is the sum."""
        reader: PictureTextReader = tokenizer
        media = Media.of_cells(cells[self.image], reader)
        texts = [how.get("prefix", "") + text for text in self.texts(cells)]
        encoded = tokenize(texts, None, reader.tokenizer, max_length, progress)
        full = encoded.full_lengths + media.lengths
        encoded = filled(encoded, max_length) if reader.fills else encoded
        return replace(encoded, full_lengths=full, media=media, types=None)  # these towers know of no segments

    def training_batch(
        self, encoded: Encoded, samples: Sequence[int] | NDArray[np.int64], seed: int, step: int
    ) -> dict[str, Tensor]:
        pictures = super().training_batch(encoded, samples, seed, step)
        return replace(encoded, media=None).collate(samples) | pictures

    def plainly(self, cells: Cells, encoded: Encoded, folder: Path) -> dict[str, Any]:
        assert encoded.media is not None
        reader = encoded.media.reader
        assert isinstance(reader, PictureTextReader)
        asked = super().plainly(cells, encoded, folder) | {"texts": self.texts(cells)}
        return asked | {"filled": reader.fills, "fusion": self.fusion}
