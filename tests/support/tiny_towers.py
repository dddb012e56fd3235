"""Small random models with a tower for pictures and one for texts, and small tables for them to read."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from tiny_models import shared_root, tiny_tokenizer

from tunewright.models.source import quiet_transformers

TOWER_FAMILIES = ("clip", "siglip", "clip+cross", "siglip+cross")
"""The model, and how its head is made where that is not by `concat`."""
SIDE, PLACES = 16, 24
COLOURS = ("red", "green", "blue")


def towers_config(family: str, side: int = SIDE, patch: int = 8) -> Any:
    """The family's configuration: words at width 32, patches at width 48, both brought to 24 (CLIP) or 48."""
    words = {
        "vocab_size": 160, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "max_position_embeddings": PLACES, "pad_token_id": 0, "bos_token_id": 2,
        "eos_token_id": 3,
    }  # fmt: skip
    seen = {
        "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
        "image_size": side, "patch_size": patch,
    }  # fmt: skip
    if family == "siglip":
        return transformers.SiglipConfig(text_config=words | {"projection_size": 48}, vision_config=seen)
    return transformers.CLIPConfig(text_config=words, vision_config=seen, projection_dim=24)


def towers_processor(family: str, side: int = SIDE) -> Any:
    """As the family's own, for pictures of so many pixels."""
    square = {"height": side, "width": side}
    if family == "siglip":
        return transformers.SiglipImageProcessor(size=square)
    return transformers.CLIPImageProcessor(size={"shortest_edge": side}, crop_size=square)


def towers_folder(folder: Path, family: str = "clip", side: int = SIDE, patch: int = 8) -> Path:
    """Both towers without a head, tokenizer and image processor."""
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(0)
        model = transformers.AutoModel.from_config(towers_config(family, side, patch))
        for parameter in model.parameters():  # larger than the usual 0.02, so that a small model can tell rows apart
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.15)
        model.save_pretrained(folder)
        towers_processor(family, side).save_pretrained(folder)
        tiny_tokenizer(types=False, max_length=PLACES).save_pretrained(folder)
    return folder


@functools.cache
def shared_towers(family: str = "clip") -> Path:
    """The family's folder, written once in this process. Never write into it."""
    return towers_folder(shared_root() / f"towers-{family}", family)


def notes(rows: int, draw: np.random.Generator) -> list[str]:
    """A word for a side, and others around it: `the plot was left and story`."""
    filling = ("the", "a", "film", "plot", "was", "and", "story", "music")
    texts = []
    for row in range(rows):
        words = [*draw.choice(filling, int(draw.integers(2, 6))), "good" if row % 2 else "bad"]
        texts.append(" ".join(draw.permutation(words)))
    return texts


def noted_pictures(folder: Path, rows: int = 36, seed: int = 0) -> Path:
    """A table `notes.csv` of pictures and texts: `photo`, `title`, `label`, of which each of the two tells half."""
    draw = np.random.default_rng(seed)
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    lines = []
    for row, text in enumerate(notes(rows, draw)):
        colour = COLOURS[int(draw.integers(2))]
        pixels = draw.integers(0, 90, (20, 24, 3))
        pixels[5:15, 5:19, COLOURS.index(colour)] += 140
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / "photos" / f"{row:03d}.png")
        lines.append((f"photos/{row:03d}.png", text, f"{colour}-{'up' if 'good' in text else 'down'}"))
    with (folder / "notes.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([("photo", "title", "label"), *lines])
    return folder / "notes.csv"
