"""Pictures of every kind that cameras and programs write."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_media import picture_config, picture_processor, shared_picture_model

from tunewright.errors import MissingExtraError, UserError
from tunewright.inputs import pictures
from tunewright.inputs.contents import Unreadable
from tunewright.inputs.pictures import PictureReader, decoded


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_grey_palette_and_sixteen_bits_become_rgb() -> None:
    """Danger: a 16-bit scan cut at 255 is white all over, and a palette's numbers are taken for brightness."""
    grey = noise(6, 8)
    assert np.array_equal(np.asarray(decoded(saved(Image.fromarray(grey)))), np.repeat(grey[:, :, None], 3, axis=2))
    deep = Image.fromarray((grey.astype(np.uint16) << 8) + 17)
    assert np.array_equal(np.asarray(decoded(saved(deep)))[:, :, 0], grey)
    colours = Image.fromarray(noise(6, 8, 3))
    palette = colours.quantize(16)
    assert np.array_equal(np.asarray(decoded(saved(palette))), np.asarray(palette.convert("RGB")))
    assert decoded(saved(Image.fromarray(grey > 100))).mode == "RGB"


def test_what_is_transparent_is_white() -> None:
    """Danger: what a program left under transparent pixels, often black, is learned as the background."""
    pixels = np.zeros((4, 4, 4), dtype=np.uint8)
    pixels[:2] = (10, 20, 30, 255)
    seen = np.asarray(decoded(saved(Image.fromarray(pixels, "RGBA"))))
    assert seen[0, 0].tolist() == [10, 20, 30] and seen[3, 3].tolist() == [255, 255, 255]


def test_a_turned_camera_is_turned_back() -> None:
    """Danger: portraits lie on their side in training and stand upright in use."""
    exif = Image.Exif()
    exif[274] = 6
    turned = decoded(saved(Image.fromarray(noise(4, 9, 3)), "JPEG", exif=exif))
    assert turned.size == (4, 9)


@pytest.mark.parametrize(
    "raw", [b"no picture at all", saved(Image.fromarray(noise(40, 40, 3)), "JPEG")[:900], b"\x89PNG"]
)
def test_what_is_no_whole_picture_is_refused(raw: bytes) -> None:
    """Danger: a picture that was cut short is filled with grey, and grey is learned."""
    with pytest.raises(Unreadable) as caught:
        decoded(raw)
    assert caught.value.code == "broken_media"


def test_values_are_those_of_the_processor() -> None:
    """Danger: other values than the model was pretrained with. The peer is transformers' own processor."""
    reader = PictureReader.of(picture_processor(), picture_config("vit"))
    raws = [saved(Image.fromarray(noise(*size, 3))) for size in ((20, 31), (16, 16))]
    batch = reader.batch([reader.values(raw) for raw in raws])["pixel_values"]
    peer = picture_processor()([decoded(raw) for raw in raws], return_tensors="pt")["pixel_values"]
    assert torch.allclose(batch, peer, atol=1e-6)
    assert reader.shape == (3, 16, 16) and reader.longest == 17
    assert Image.open(io.BytesIO(reader.thumbnail(reader.values(raws[0])))).size == (16, 16)
    assert PictureReader.of(picture_processor(), picture_config("swin")).longest == 2


def test_a_processor_that_keeps_sizes_is_refused() -> None:
    """Danger: rows of different sizes, which no batch can hold."""
    processor = picture_processor()
    processor.do_resize = False
    with pytest.raises(UserError, match="one size for all"):
        PictureReader.of(processor, picture_config("vit"))


def test_a_processor_with_other_arithmetic_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a family whose processor does one thing more, left out in silence."""
    processor = picture_processor()
    monkeypatch.setattr(type(processor), "normalize", lambda self, image, *a, **k: image * 2.0)
    with pytest.raises(UserError, match="known here"):
        PictureReader.of(processor, picture_config("vit"))


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a ModuleNotFoundError in the middle of an audit."""
    pictures._pillow.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"tunewright\[image\]"):
        PictureReader.of(picture_processor(), picture_config("vit"))
    pictures._pillow.cache_clear()


def test_a_size_is_told_from_the_first_bytes(tmp_path: Path) -> None:
    """Danger: a folder of large pictures decoded only to be measured."""
    Image.fromarray(noise(8, 30, 3)).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[:60])
    reader = PictureReader.of(picture_processor(), picture_config("vit"))
    assert reader.measure(str(tmp_path / "a.png")) == (30.0, 17)
    for path in (tmp_path / "none.png", shared_picture_model("vit") / "config.json"):
        with pytest.raises(Unreadable):
            reader.measure(str(path))
