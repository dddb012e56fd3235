"""An adapter by itself on disk: the weights that learned, and what it must be put on.

```text
adapter.json           {"format": "tunewright adapter", "version": 1, "model_type", "width", "scale", "base", "labels"}
adapter.safetensors    weights by their names in the model: into and out of the added units (`NAME.units.weight`,
                       `NAME.units.bias`), and those of a head that learned
```

`base` holds the norm of every frozen matrix, by name: an adapter says nothing on another base.
`labels` are those of a head that learned, in its order.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tunewright.errors import UserError
from tunewright.models.hidden_units import OutOf, add_units, has_units, remove_units

__all__ = ["load_adapter", "write_adapter"]

_WEIGHTS, _SHEET = "adapter.safetensors", "adapter.json"
_FORMAT, _VERSION = "tunewright adapter", 1
_ROUNDED, _TOLERANCE = 2e-2, 2e-5
"""Relative difference of norms: a base that is opened in bf16 rounds its weights, and is the same base. The first falls
with the root of the number of weights, as errors of rounding make up for each other."""


def write_adapter(model: Any, folder: Path) -> None:
    """Write what learned of a model with added units, and what it was added to, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    learned = {name: p.detach().cpu().contiguous() for name, p in model.named_parameters() if p.requires_grad}
    out_of = next(module for module in model.modules() if isinstance(module, OutOf))
    heads = any(".units." not in name for name in learned)
    sheet = {
        "format": _FORMAT,
        "version": _VERSION,
        "model_type": model.config.model_type,
        "width": out_of.units.in_features,
        "scale": out_of.scale,
        "base": {name: _norm(p) for name, p in model.named_parameters() if p.ndim >= 2 and not p.requires_grad},
        "labels": [model.config.id2label[index] for index in sorted(model.config.id2label)] if heads else None,
    }
    save_file(learned, folder / _WEIGHTS, metadata={"format": "pt"})
    (folder / _SHEET).write_text(json.dumps(sheet, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load_adapter(model: Any, folder: str | Path) -> Any:
    """Put an adapter on the model that it was trained on, in place; one that is there gives way.

    So one base model in memory serves several domains: loading the next adapter costs a few megabytes.

    Args:
        model: of transformers, opened from the base by the same class, with as many labels as the adapter has.
        folder: `adapter/` of a run.

    Returns:
        The same model.

    Raises:
        UserError: the folder holds no adapter, or one for another model; the model is then without any.
    """
    sheet, weights = _read(Path(folder))
    if has_units(model):
        remove_units(model)
    if model.config.model_type != sheet["model_type"]:
        kinds = f"{sheet['model_type']}, and this model is {model.config.model_type}"
        raise UserError(f"The adapter in {folder} is for a model of the family {kinds}.")
    add_units(model, sheet["width"], sheet["scale"], 0.0, seed=0)
    try:
        _refuse_another(model, sheet["base"], folder)
        _put(model, weights, folder)
    except UserError:
        remove_units(model)
        raise
    if sheet["labels"] is not None:
        model.config.id2label = dict(enumerate(sheet["labels"]))
        model.config.label2id = {label: index for index, label in enumerate(sheet["labels"])}
    return model


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    if (folder / "adapter_config.json").is_file():
        raise UserError(
            f"{folder} holds an adapter of peft.\n  Open it with peft.PeftModel.from_pretrained(model, ...)."
        )
    try:
        sheet = json.loads((folder / _SHEET).read_text(encoding="utf-8"))
        weights = load_file(folder / _WEIGHTS)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, SafetensorError) as error:
        hint = f"Name the folder adapter/ of a run with method: adapter, with {_SHEET} and {_WEIGHTS} in it."
        raise UserError(f"{folder} holds no adapter that can be read ({error}).\n  {hint}") from error
    known = isinstance(sheet, dict) and (sheet.get("format"), sheet.get("version")) == (_FORMAT, _VERSION)
    if not known or not sheet.keys() >= {"model_type", "width", "scale", "base", "labels"}:
        raise UserError(f"{folder / _SHEET} is not of a form that this tunewright reads ({_FORMAT}, {_VERSION}).")
    return sheet, weights


def _refuse_another(model: nn.Module, base: dict[str, float], folder: str | Path) -> None:
    own = {name: parameter for name, parameter in model.named_parameters() if name in base}
    odd = [name for name in base if name not in own or not _near(own[name], base[name])]
    if odd:
        raise UserError(
            f"The adapter in {folder} was trained on another base model: {len(odd)} of {len(base)} matrices are others "
            f"({sorted(odd)[0]}).\n  On this one it would add noise. Open the model that the run's recipe.yaml names."
        )


@torch.no_grad()
def _put(model: nn.Module, weights: dict[str, Tensor], folder: str | Path) -> None:
    own = dict(model.named_parameters())
    wanted = {name for name in own if ".units." in name}
    odd = sorted({n for n in weights if n not in own or own[n].shape != weights[n].shape} | (wanted - weights.keys()))
    if odd:
        name = odd[0]
        shapes = [tuple(found[name].shape) if name in found else "none" for found in (weights, own)]
        raise UserError(
            f"The adapter in {folder} does not fit this model: {name} is {shapes[0]} there and {shapes[1]} here.\n"
            "  Open the base by the class it was trained with, and with num_labels as many as the adapter has."
        )
    for name, tensor in weights.items():
        own[name].copy_(tensor)


def _near(parameter: Tensor, norm: float) -> bool:
    allowed = _TOLERANCE + _ROUNDED / math.sqrt(parameter.numel())
    return abs(_norm(parameter) - norm) <= allowed * norm


def _norm(parameter: Tensor) -> float:
    return float(parameter.detach().float().norm())
