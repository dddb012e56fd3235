"""What prepares a picture and a text for a model that reads both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.pictures import PictureReader

__all__ = ["PictureTextReader", "filled"]


@dataclass(frozen=True, eq=False)
class PictureTextReader(PictureReader):
    """Reads pictures, and carries the tokenizer that stands beside; asked for the length of texts, it answers for it.

    Attributes:
        tokenizer: of transformers.
        fills: whether every text is filled up to one length, as the model was trained.
    """

    tokenizer: Any = None
    fills: bool = False

    @classmethod
    def beside(cls, tokenizer: Any, processor: Any, vision_config: Any, fills: bool) -> PictureTextReader:
        """Both as they lie beside a model; `vision_config` is that of its tower for pictures.

        Raises:
            UserError: as `PictureReader.of`.
        """
        pictures = PictureReader.of(processor, vision_config)
        return cls(pictures.processor, pictures.shape, pictures.patches, tokenizer, fills)

    @property
    def pad_token_id(self) -> int:  # type: ignore[override]
        return int(self.tokenizer.pad_token_id)

    @property
    def model_max_length(self) -> int:
        """Most tokens of a text, as the tokenizer states it."""
        return int(self.tokenizer.model_max_length)

    @property
    def vocab_size(self) -> int:
        """Tokens that the tokenizer knows, without those that were added to it."""
        return int(self.tokenizer.vocab_size)

    def described(self) -> dict[str, Any]:
        return super().described() | {"fills": self.fills}

    def save_pretrained(self, folder: str) -> None:
        super().save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def filled(encoded: Encoded, length: int) -> Encoded:
    """Texts of `length` tokens each: shorter ones end, or begin where the tokenizer pads there, with its padding.

    What they would be without is kept in `full_lengths`.
    """
    lengths = np.diff(encoded.offsets)
    places = np.arange(length)
    there = places[None, :] < lengths[:, None]
    if encoded.pad_left:
        there = there[:, ::-1]
    ids = np.full(there.shape, encoded.pad_id, dtype=np.int32)
    ids[there] = encoded.ids
    offsets = np.arange(len(lengths) + 1, dtype=np.int64) * length
    return replace(encoded, ids=ids.reshape(-1), offsets=offsets, types=None)
