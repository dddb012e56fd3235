"""Opens a saved model of two towers in a process of its own, with plain transformers alone, and prints its outputs.

Run by file name, so that nothing of tunewright is loaded. Reads from standard input `{"folder", "texts", "rows":
[{"file", "options"}], "processor", "max_length", "filled", "fusion", "threads"}`, where the files hold pictures as
arrays of numpy; writes the logits of each row. The towers are opened as `AutoModel`, and the head is computed here from
its weights, which lie under `fusion.` in the same files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import safetensors.torch
import torch
import transformers
from torch import Tensor
from torch.nn import functional

__all__ = ["head_weights", "logits", "looked", "main"]

_PREFIX = "fusion."


def main() -> None:
    """Load, compute one row at a time, print."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    folder = asked["folder"]
    towers = transformers.AutoModel.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    processor = getattr(transformers, asked["processor"]).from_pretrained(folder)
    head = head_weights(Path(folder))
    found = []
    with torch.inference_mode():
        for text, row in zip(asked["texts"], asked["rows"], strict=True):
            pixels = numpy.load(row["file"], allow_pickle=False)
            picture = processor(pixels, return_tensors="pt", **row["options"])["pixel_values"]
            padding = "max_length" if asked["filled"] else False
            read = tokenizer(
                text, truncation=True, max_length=asked["max_length"], padding=padding, return_tensors="pt"
            )
            found.append(logits(towers, head, read["input_ids"], picture, asked["fusion"])[0].double().tolist())
    json.dump({"logits": found}, sys.stdout)


def head_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of the head, by their names without the prefix."""
    found: dict[str, Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        found |= safetensors.torch.load_file(file)
    return {name.removeprefix(_PREFIX): found[name].float() for name in found if name.startswith(_PREFIX)}


def logits(towers: Any, head: Mapping[str, Tensor], ids: Tensor, pixels: Tensor, fusion: str) -> Tensor:
    """(rows, outputs) of texts without padding between them, and their pictures."""
    text, picture = towers.get_text_features(input_ids=ids), towers.get_image_features(pixel_values=pixels)
    first, second = _scaled(text.pooler_output), _scaled(picture.pooler_output)
    if fusion == "cross":
        third = _scaled(looked(head, text.last_hidden_state, picture.last_hidden_state))
    else:
        third = first * second
    hidden = functional.gelu(_linear(head, "mix", torch.cat([first, second, third], dim=-1)))
    return _linear(head, "out", hidden)


def looked(head: Mapping[str, Tensor], words: Tensor, patches: Tensor) -> Tensor:
    """The mean over the tokens, after each has looked at all patches."""
    states, seen = _linear(head, "look.words", words), _norm(head, "look.patch_norm", patches)
    width = states.shape[-1]
    heads = next(count for count in range(max(1, width // 64), 0, -1) if width % count == 0)
    asked = _linear(head, "look.query", _norm(head, "look.word_norm", states))
    made = (asked, _linear(head, "look.key", seen), _linear(head, "look.value", seen))
    shape = (heads, width // heads)
    query, key, value = (tensor.reshape(*tensor.shape[:2], *shape).transpose(1, 2) for tensor in made)
    shares = (query @ key.transpose(2, 3) / (width / heads) ** 0.5).softmax(dim=-1)
    states = states + _linear(head, "look.back", (shares @ value).transpose(1, 2).flatten(-2))
    inner = functional.gelu(_linear(head, "look.up", _norm(head, "look.norm", states)))
    return (states + _linear(head, "look.down", inner)).mean(dim=1)


def _linear(head: Mapping[str, Tensor], name: str, values: Tensor) -> Tensor:
    return functional.linear(values, head[f"{name}.weight"], head[f"{name}.bias"])


def _norm(head: Mapping[str, Tensor], name: str, values: Tensor) -> Tensor:
    weight, bias = head[f"{name}.weight"], head[f"{name}.bias"]
    return functional.layer_norm(values, weight.shape, weight, bias)


def _scaled(vectors: Tensor) -> Tensor:
    length: Tensor = vectors.norm(dim=-1, keepdim=True)
    scaled: Tensor = vectors / length * vectors.shape[-1] ** 0.5
    return scaled


if __name__ == "__main__":
    main()
