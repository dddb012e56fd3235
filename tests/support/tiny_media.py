"""Small random models of pictures and sounds, and small files for them to read."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from tiny_models import _shared_root

from tunewright.models.source import quiet_transformers

PICTURE_FAMILIES = ("vit", "deit", "swin", "convnext")
SIDE = 16


def picture_config(family: str) -> Any:
    """The family's configuration for pictures of 16 pixels."""
    plain: dict[str, Any] = {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
        "image_size": SIDE, "patch_size": 4,
    }  # fmt: skip
    if family == "swin":
        return transformers.SwinConfig(
            image_size=SIDE, patch_size=2, embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4
        )
    if family == "convnext":
        return transformers.ConvNextConfig(
            image_size=SIDE, patch_size=2, num_stages=2, hidden_sizes=[16, 32], depths=[1, 2], layer_scale_init_value=0.1
        )
    return {"vit": transformers.ViTConfig, "deit": transformers.DeiTConfig}[family](**plain)


def picture_processor() -> Any:
    """Sizes to 16 pixels and shifts to -1..1, as ViT's own does."""
    with quiet_transformers():
        return transformers.ViTImageProcessor(size={"height": SIDE, "width": SIDE})


def picture_model_folder(folder: Path, family: str = "vit") -> Path:
    """A body without a head, and its processor."""
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(0)
        model = transformers.AutoModel.from_config(picture_config(family))
        for parameter in model.parameters():  # larger than the usual 0.02, so that a small model can tell rows apart
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.15)
        model.save_pretrained(folder)
        picture_processor().save_pretrained(folder)
    return folder


@functools.cache
def shared_picture_model(family: str = "vit") -> Path:
    """The family's folder, written once in this process. Never write into it."""
    return picture_model_folder(_shared_root() / family, family)


def picture(label: str, draw: np.random.Generator, side: int = 20) -> Image.Image:
    """Noise with a bright square on the left or the right of the label's colour."""
    pixels = draw.integers(0, 90, (side, side + 4, 3))
    place = int(draw.integers(2, side - 8))
    pixels[place : place + 7, 4 : side - 2, {"red": 0, "green": 1, "blue": 2}[label]] += 140
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def picture_folder(folder: Path, rows: int = 36, seed: int = 0) -> Path:
    """One folder a class, with PNG and JPEG files."""
    draw = np.random.default_rng(seed)
    for row in range(rows):
        label = ("red", "green", "blue")[row % 3]
        (folder / label).mkdir(parents=True, exist_ok=True)
        picture(label, draw).save(folder / label / f"{row:03d}.{'png' if row % 2 else 'jpg'}")
    return folder
