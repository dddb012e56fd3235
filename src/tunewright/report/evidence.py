"""Gathers what a run left behind; what is missing or damaged is told instead of stopping the report."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tunewright.errors import TunewrightError
from tunewright.recipe.page import read_page
from tunewright.records import (
    Audit,
    Latency,
    Memory,
    Provenance,
    Quality,
    Record,
    RunFolder,
    Verification,
    read_journal,
    read_json,
    read_record,
)
from tunewright.report.curves import Curves, curves

__all__ = ["Evidence", "gather"]

R = TypeVar("R", bound=Record)

_DRAWN = frozenset({"quality", "latency", "memory", "verification"})


@dataclass(frozen=True)
class Evidence:
    """All records of one run, each None where it was not made."""

    folder: RunFolder
    page: dict[str, Any]
    """The recipe's plain values."""
    page_text: str
    audit: Audit | None
    quality: Quality | None
    latency: Latency | None
    memory: Memory | None
    verification: Verification | None
    provenance: Provenance | None
    others: dict[str, dict[str, Any]]
    """Values of probes that this room has no picture for, by their name."""
    troubles: tuple[str, ...]
    """What could not be read, one sentence each."""

    @property
    def name(self) -> str:
        return self.folder.path.resolve().name

    @property
    def task(self) -> str:
        """`classify`, `multilabel`, `regress`, ...; empty when unknown."""
        return self.audit.task if self.audit else _kind(self.page.get("task"))

    @property
    def method(self) -> str:
        return _kind(self.page.get("method"))

    @property
    def source(self) -> str:
        """The pretrained model."""
        return self.provenance.model_source if self.provenance else str(self.page.get("model", ""))

    @property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """Role (`text`, `pair`) to the columns that are read for it."""
        data = self.page.get("data")
        written = data.get("inputs") if isinstance(data, dict) else None
        if isinstance(written, dict):
            roles = {str(role): columns for role, columns in written.items() if role != "kind"}
            if self.audit:  # the other fields are no columns
                roles = {role: c for role, c in roles.items() if role in self.audit.inputs}
            return {role: tuple(map(str, c)) if isinstance(c, list) else (str(c),) for role, c in roles.items()}
        return {role: (column,) for role, column in self.audit.inputs.items()} if self.audit else {}

    @property
    def noun(self) -> str:
        """What a row holds, for people: `text`, `picture`, `sound`, `picture with its text`."""
        if {"image", "text"} <= self.inputs.keys():
            return "picture with its text"
        return "picture" if "image" in self.inputs else "sound" if "audio" in self.inputs else "text"

    @property
    def split(self) -> str:
        """The split that the measured quality is about, the most independent one; empty when nothing was measured."""
        if self.quality is None:
            return ""
        measured = {metric.split for metric in self.quality.metrics if metric.model == "tuned"}
        return next((name for name in ("test", "validation", "train") if name in measured), "")

    @functools.cached_property
    def curves(self) -> Curves:
        """The journal's curves, read when first asked for."""
        return curves(read_journal(self.folder.journal))


def gather(folder: RunFolder) -> Evidence:
    """Read every record of a run.

    Raises:
        UserError: the folder holds no run.
    """
    folder = RunFolder.open(folder.path)
    troubles: list[str] = []
    page, text = _recipe(folder.recipe, troubles)

    def optional(path: Path, kind: type[R]) -> R | None:
        if not path.is_file():
            return None
        try:
            return read_record(path, kind)
        except TunewrightError as error:
            troubles.append(str(error).replace(f"{folder.path}/", ""))
            return None

    return Evidence(
        folder=folder,
        page=page,
        page_text=text,
        audit=optional(folder.audit, Audit),
        quality=optional(folder.evaluation("quality"), Quality),
        latency=optional(folder.evaluation("latency"), Latency),
        memory=optional(folder.evaluation("memory"), Memory),
        verification=optional(folder.verification, Verification),
        provenance=optional(folder.provenance, Provenance),
        others=_others(folder, troubles),
        troubles=tuple(troubles),
    )


def _recipe(path: Path, troubles: list[str]) -> tuple[dict[str, Any], str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return read_page(path).values, text
    except TunewrightError as error:
        troubles.append(f"recipe.yaml cannot be read: {str(error).splitlines()[0]}")
        return {}, text


def _others(folder: RunFolder, troubles: list[str]) -> dict[str, dict[str, Any]]:
    others = {}
    for path in sorted(folder.evaluation("quality").parent.glob("*.json")):
        if path.stem in _DRAWN:
            continue
        try:
            others[path.stem] = read_json(path)
        except TunewrightError as error:
            troubles.append(str(error).replace(f"{folder.path}/", ""))
    return others


def _kind(part: object) -> str:
    """The kind of a part as the page writes it: `lora` or `{kind: lora, rank: 8}`."""
    return str(part.get("kind", "")) if isinstance(part, dict) else str(part or "")
