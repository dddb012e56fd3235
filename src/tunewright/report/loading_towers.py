"""How to use a model of two towers with a head over both, in code that can be copied."""

from __future__ import annotations

from tunewright.errors import TunewrightError
from tunewright.records import read_json
from tunewright.report.evidence import Evidence

__all__ = ["with_two_towers"]

_HEAD = """\
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn.functional import gelu, layer_norm, linear, normalize
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

folder = "path/to/model"  # a local copy of this folder
processor = AutoImageProcessor.from_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder).eval()  # both towers
stored = load_file(f"{folder}/model.safetensors")
head = {name.removeprefix("fusion."): stored[name] for name in stored if name.startswith("fusion.")}


def layer(name, values):
    return linear(values, head[name + ".weight"], head[name + ".bias"])


def scaled(vectors):
    return normalize(vectors, dim=-1) * vectors.shape[-1] ** 0.5

"""
_LOOK = """\

def norm(name, values):
    return layer_norm(values, head[name + ".weight"].shape, head[name + ".weight"], head[name + ".bias"])


def looked(words, patches):  # each token of the text looks at all patches of the picture
    states, seen = layer("look.words", words), norm("look.patch_norm", patches)
    made = layer("look.query", norm("look.word_norm", states)), layer("look.key", seen), layer("look.value", seen)
    width = states.shape[-1]
    heads = next(count for count in range(max(1, width // 64), 0, -1) if width % count == 0)
    query, key, value = (tensor.unflatten(-1, (heads, -1)).transpose(1, 2) for tensor in made)
    shares = (query @ key.transpose(2, 3) / (width / heads) ** 0.5).softmax(dim=-1)
    states = states + layer("look.back", (shares @ value).transpose(1, 2).flatten(-2))
    return (states + layer("look.down", gelu(layer("look.up", norm("look.norm", states))))).mean(dim=1)

"""
_ROW = """\

picture = processor(Image.open("picture.jpg").convert("RGB"), return_tensors="pt")
read = tokenizer("a text", truncation=True, max_length={limit}, padding={padding}, return_tensors="pt")
with torch.inference_mode():
    text = model.get_text_features(input_ids=read["input_ids"])
    seen = model.get_image_features(pixel_values=picture["pixel_values"])
    first, second = scaled(text.pooler_output), scaled(seen.pooler_output)
    third = {third}
    logits = layer("out", gelu(layer("mix", torch.cat([first, second, third], dim=-1))))
"""
_THIRD = {
    "concat": "first * second",
    "cross": "scaled(looked(text.last_hidden_state, seen.last_hidden_state))",
}


def with_two_towers(evidence: Evidence) -> str:
    """Python that ends in `model` and the `logits` of one picture with its text, by transformers alone."""
    lengths = evidence.audit.lengths if evidence.audit else None
    limit = lengths.limit if lengths else "model.config.text_config.max_position_embeddings"
    fusion = _fusion(evidence)
    padding = '"max_length"' if _family(evidence).startswith("siglip") else "False"
    look = _LOOK if fusion == "cross" else ""
    head = _HEAD if look else _HEAD.replace("gelu, layer_norm, linear", "gelu, linear")
    return head + look + _ROW.format(limit=limit, padding=padding, third=_THIRD[fusion])


def _fusion(evidence: Evidence) -> str:
    data = evidence.page.get("data")
    inputs = data.get("inputs") if isinstance(data, dict) else None
    written = inputs.get("fusion") if isinstance(inputs, dict) else None
    return "cross" if written == "cross" else "concat"


def _family(evidence: Evidence) -> str:
    """What the saved model says it is; empty where it cannot be read."""
    try:
        return str(read_json(evidence.folder.model / "config.json").get("model_type", ""))
    except (OSError, TunewrightError):
        return ""
