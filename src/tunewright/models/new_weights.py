"""Weights that start from noise: whatever a method leaves as it is, these must learn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from torch import nn

from tunewright.models.anatomy import anatomy

__all__ = ["new_modules", "note_absent", "note_missing"]

_NOTED = "_modules_from_noise"
_OLD = re.compile(r"(?<=\.)(gamma|beta)$")
_NOW = {"gamma": "weight", "beta": "bias"}
"""How files of BERT's first years name the weights of a layer norm; transformers reads them as these."""


def note_missing(model: Any, missing: Iterable[str]) -> None:
    """Remember on a model which of its weights the source did not have, by their full names."""
    setattr(model, _NOTED, tuple(sorted({key.rpartition(".")[0] for key in missing})))


def note_absent(model: Any, names: Collection[str]) -> None:
    """The same for an architecture that loads nothing, from the names in the source's files: what stands outside of the
    body, and under none of them."""
    body = f"{model.base_model_prefix}."
    there = {_OLD.sub(lambda old: _NOW[old[1]], name) for name in names}
    note_missing(model, [name for name in model.state_dict() if not name.startswith(body) and name not in there])


def new_modules(model: Any) -> list[str]:
    """Modules that every method trains, by full name.

    The whole head of labels or numbers. A head that puts out words is as old as the model, and often its word table: of
    it only the layers that the source had no weights for, and that share none with another module.
    """
    if model.get_output_embeddings() is None:
        return [name for name in anatomy(model).head if _weights(model.get_submodule(name))]
    owners = Counter(id(p) for module in model.modules() for p in module.parameters(recurse=False))
    return [name for name in getattr(model, _NOTED, ()) if _stands_alone(model.get_submodule(name), owners)]


def _stands_alone(module: nn.Module, owners: Counter[int]) -> bool:
    own = list(module.parameters(recurse=False))
    return bool(own) and len(own) == _weights(module) and all(owners[id(p)] == 1 for p in own)


def _weights(module: nn.Module) -> int:
    return sum(1 for _ in module.parameters())
