"""Pictures as a model of transformers takes them: decoded by Pillow, sized by the model's own processor."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tunewright.errors import MissingExtraError, UserError
from tunewright.inputs.contents import Unreadable, raw_of
from tunewright.inputs.media import Reader
from tunewright.inputs.png import png

__all__ = ["PictureReader", "decoded"]

_THUMBNAIL = 96
_PATCH = 16
"""Pixels of a side that count as one patch where a model has none of its own, or works through several sizes."""
_PROBE_SIZES = ((37, 53), (90, 64))


@functools.cache
def _pillow(module: str) -> Any:
    # brought in by name when asked for: it is optional
    if importlib.util.find_spec("PIL") is None:
        raise MissingExtraError("Reading pictures", "PIL", "image")
    return importlib.import_module(f"PIL.{module}")


def decoded(raw: bytes) -> Any:
    """A Pillow image in RGB, upright as its EXIF says; what is transparent is laid on white; 16 bits become 8.

    Raises:
        Unreadable: the bytes are no picture, or end before it does.
    """
    try:
        picture = _pillow("Image").open(io.BytesIO(raw))
        picture.load()
        return _in_rgb(_pillow("ImageOps").exif_transpose(picture))
    except Unreadable:
        raise
    except Exception as error:  # a damaged file makes its decoder raise anything
        raise Unreadable("broken_media", f"holds no whole picture: {_said(error)}") from None


def _in_rgb(picture: Any) -> Any:
    if picture.mode == "F":
        raise Unreadable("broken_media", "holds fractions as pixels, and nothing says which of them is white")
    if picture.mode.startswith("I"):
        deep = np.asarray(picture).astype(np.int64)
        # cut at 255, as a plain conversion does, nearly all of a 16-bit picture would be white
        grey = deep.clip(0, 255) if deep.max(initial=0) <= 255 else (deep.clip(0, 65535) // 256)
        return _pillow("Image").fromarray(grey.astype(np.uint8)).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        white = _pillow("Image").new("RGBA", seen.size, (255, 255, 255, 255))
        return _pillow("Image").alpha_composite(white, seen).convert("RGB")
    return picture.convert("RGB")


def _said(error: Exception) -> str:
    text = str(error)
    if "cannot identify" in text:
        return "its bytes are of no kind of picture that is known"
    return text.splitlines()[0][:120] if text else type(error).__name__


@dataclass(frozen=True, eq=False)
class PictureReader(Reader):
    """Decodes and sizes pictures; scales and shifts their values in the batch.

    Sized values are bytes, so they are what is kept: four times less than the fractions that the model reads.

    Attributes:
        processor: an image processor of transformers.
        shape: (3, height, width) that it makes of every picture.
        patches: what the model computes of a picture, for the step plan.
    """

    store: ClassVar[str] = "pixels"
    dtype: ClassVar[str] = "uint8"
    unit: ClassVar[str] = "pixels"

    processor: Any
    shape: tuple[int, int, int]
    patches: int

    @classmethod
    def of(cls, processor: Any, config: Any) -> PictureReader:
        """Learn the processor's size, and check that its arithmetic is the one used here.

        Raises:
            UserError: pictures would keep sizes of their own, or are prepared in a way that is not known here.
        """
        _pillow("Image")
        draw = np.random.default_rng(0)
        probes = [draw.integers(0, 256, (*size, 3), dtype=np.uint8) for size in _PROBE_SIZES]
        sized = [_sized(processor, probe) for probe in probes]
        shapes = {pixels.shape for pixels in sized}
        if len(shapes) != 1 or len(sized[0].shape) != 3 or sized[0].shape[0] != 3 or sized[0].dtype != np.uint8:
            raise UserError(
                f"The processor of this model ({type(processor).__name__}) makes pictures of {sorted(shapes)} "
                f"in {sized[0].dtype}: one size for all, in bytes, is needed.\n"
                "  Set `size` in its preprocessor_config.json."
            )
        height, width = sized[0].shape[1:]
        reader = cls(processor, (3, height, width), _patches(config, height, width))
        theirs = processor(probes[0], return_tensors="pt")
        ours = reader.batch([sized[0].reshape(-1)])
        if theirs.keys() != ours.keys() or float((theirs["pixel_values"] - ours["pixel_values"]).abs().max()) > 1e-4:
            raise UserError(
                f"The processor of this model ({type(processor).__name__}) prepares pictures in a way that is not "
                "known here: the model would see other values than it was trained on.\n  Use another model."
            )
        return reader

    @property
    def longest(self) -> int:
        return self.patches

    def measure(self, cell: str) -> tuple[float, int]:
        try:
            with _pillow("Image").open(io.BytesIO(raw_of(cell)) if cell.startswith("data:") else cell) as picture:
                return float(max(picture.size)), self.patches
        except FileNotFoundError:
            raw_of(cell)
            raise
        except Exception as error:
            raise Unreadable("broken_media", f"holds no whole picture: {_said(error)}") from None

    def values(self, raw: bytes) -> NDArray[np.uint8]:
        return _sized(self.processor, np.asarray(decoded(raw))).reshape(-1)

    def batch(self, rows: Sequence[NDArray[Any]]) -> dict[str, Tensor]:
        pixels = torch.from_numpy(np.stack([row.reshape(self.shape) for row in rows])).float()
        tool = self.processor
        if getattr(tool, "do_rescale", True):
            pixels *= float(tool.rescale_factor)
        if getattr(tool, "do_normalize", False):
            mean, spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (tool.image_mean, tool.image_std))
            pixels = (pixels - mean) / spread
        return {"pixel_values": pixels}

    def thumbnail(self, values: NDArray[Any]) -> bytes:
        picture = values.reshape(self.shape).transpose(1, 2, 0)
        step = max(1, -(-max(picture.shape[:2]) // _THUMBNAIL))
        return png(picture[::step, ::step])

    def plainly(self, values: NDArray[Any], raw: bytes) -> tuple[NDArray[Any], dict[str, Any]]:
        return np.asarray(decoded(raw)), {"input_data_format": "channels_last"}

    def described(self) -> dict[str, Any]:
        own = json.loads(json.dumps(self.processor.to_dict(), default=str, sort_keys=True))
        return {"processor": own, "shape": self.shape, "pillow": importlib.metadata.version("pillow")}

    def save_pretrained(self, folder: str) -> None:
        self.processor.save_pretrained(folder)


def _sized(processor: Any, picture: NDArray[np.uint8]) -> NDArray[Any]:
    """What the processor makes of a picture before it scales its values: (3, height, width)."""
    made = processor(
        picture, do_rescale=False, do_normalize=False, return_tensors="np", input_data_format="channels_last"
    )
    return np.asarray(made["pixel_values"][0])


def _patches(config: Any, height: int, width: int) -> int:
    """Patches of a picture, or as many as a plain model of its size would have, where patches are merged on the way."""
    own = getattr(config, "patch_size", None)
    several = any(hasattr(config, name) for name in ("depths", "hidden_sizes"))
    side = _PATCH if several or not isinstance(own, int) or own < 1 else own
    return 1 + max(1, height // side) * max(1, width // side)
