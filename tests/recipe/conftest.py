"""Stand-in parts, so that the page and its reader are tested without torch and without the real parts' knobs."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from tunewright.recipe import Part, Recipe, catalog
from tunewright.recipe.union import PartOf

MODULE = "tunewright_stand_in_parts"


class Text(Part):
    """One text."""

    kind: Literal["text"] = "text"
    text: str | list[str]
    """Column, or columns, that hold the text."""


class TextPair(Part):
    """Two texts."""

    kind: Literal["text+pair"] = "text+pair"
    text: str
    """Column of the first text."""
    pair: str
    """Column of the second text."""


class CrossEntropy(Part):
    """Negative log-likelihood."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    smoothing: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of the target spread over all labels."""


class Focal(Part):
    """Cross-entropy that counts easy rows less."""

    kind: Literal["focal"] = "focal"
    gamma: float = Field(default=2.0, ge=0.0)
    """How much less."""


class Classify(Part):
    """One label a row."""

    kind: Literal["classify"] = "classify"
    loss: Annotated[Part, PartOf("loss")] = Field(default="cross_entropy", validate_default=True)
    """What is minimised."""


class Regress(Part):
    """One number a row."""

    kind: Literal["regress"] = "regress"


class Full(Part):
    """Every weight moves."""

    kind: Literal["full"] = "full"


class LoRA(Part):
    """Low-rank updates."""

    kind: Literal["lora"] = "lora"
    rank: int = Field(default=8, ge=1)
    """Rank of the updates."""
    targets: tuple[str, ...] | Literal["all-linear"] = "all-linear"
    """Names of the layers."""


class Linear(Part):
    """A straight line down."""

    kind: Literal["linear"] = "linear"
    warmup_ratio: float = Field(default=0.1, ge=0.0, le=1.0)
    """Share of the steps that rise."""


class Quality(Part):
    """Metrics with intervals."""

    kind: Literal["quality"] = "quality"
    resamples: int = Field(default=1000, ge=100)
    """Bootstrap draws."""


class Latency(Part):
    """Seconds a call."""

    kind: Literal["latency"] = "latency"


class Memory(Part):
    """Bytes."""

    kind: Literal["memory"] = "memory"


class Board(Part):
    """Curves elsewhere. `folder` has no default: it must be written in full."""

    kind: Literal["board"] = "board"
    folder: str
    """Where the curves go."""


TABLE = {
    "input": (Text, TextPair),
    "task": (Classify, Regress),
    "loss": (CrossEntropy, Focal),
    "method": (Full, LoRA),
    "schedule": (Linear,),
    "probe": (Quality, Latency, Memory),
    "tracker": (Board,),
}


def forget() -> None:
    """Make the catalogue look again."""
    catalog._table.cache_clear()
    catalog.load.cache_clear()


@pytest.fixture
def parts(monkeypatch) -> types.ModuleType:
    """The stand-ins in the catalogue's place."""
    module = types.ModuleType(MODULE)
    for classes in TABLE.values():
        for part in classes:
            setattr(module, part.__name__, part)
    monkeypatch.setitem(sys.modules, MODULE, module)
    table = {
        family: {part.model_fields["kind"].default: f"{MODULE}:{part.__name__}" for part in classes}
        for family, classes in TABLE.items()
    }
    monkeypatch.setattr(catalog, "BUILTIN", table)
    forget()
    yield module
    monkeypatch.undo()
    forget()


MINIMAL = """\
model: sample://minilm
data:
  train: reviews.csv
  inputs: {text: review}
  target: sentiment
"""


@pytest.fixture
def minimal() -> str:
    """The shortest recipe there is."""
    return MINIMAL


@pytest.fixture
def read(parts, tmp_path) -> Callable[..., Recipe]:
    """Reads a page's text, with overrides."""

    def read_text(text: str, *overrides: str) -> Recipe:
        path: Path = tmp_path / "recipe.yaml"
        path.write_text(text, encoding="utf-8")
        return Recipe.read(path, overrides)

    return read_text
