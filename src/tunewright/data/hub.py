"""Reads data sets of the Hugging Face hub: `hub://NAME[:config][@split]`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunewright.data.arrow import columns_of
from tunewright.data.parquet import without_undecodable
from tunewright.data.source import Role
from tunewright.data.table import Cell, Table
from tunewright.errors import DataError, MissingExtraError, Problem, ResourceError, UserError, near_miss
from tunewright.records import SourceFile

__all__ = ["HubName", "is_hub_name", "read_hub"]

_PATTERN = re.compile(r"hub://(?P<name>[\w.-]+(?:/[\w.-]+)?)(?::(?P<config>[^@]+))?(?:@(?P<split>[\w.\[\]:%+-]+))?")


@dataclass(frozen=True, slots=True)
class HubName:
    """A data set, one of its configurations, one of its splits."""

    name: str
    config: str | None
    split: str | None

    @classmethod
    def parse(cls, text: str) -> HubName:
        """Take `hub://owner/name:config@split` apart.

        Raises:
            UserError: the text has another shape.
        """
        match = _PATTERN.fullmatch(text)
        if not match:
            raise UserError(
                f"{text!r} does not name a data set of the hub.\n"
                "  Write hub://NAME, hub://OWNER/NAME, hub://NAME:config or hub://NAME:config@split."
            )
        return cls(match["name"], match["config"], match["split"])


def is_hub_name(text: str) -> bool:
    """Whether a path of the recipe names a data set of the hub."""
    return text.startswith("hub://")


def read_hub(text: str, *, role: Role) -> Table:
    """Read one split; without a named one, the split that is called like the role.

    Class ids become the class names, and -1, the hub's sign for "not labelled", becomes null.

    Raises:
        MissingExtraError: the package `datasets` is not installed.
        UserError: there is no such data set, configuration or split.
        ResourceError: the hub cannot be reached and the data set is not in the local cache.
    """
    name = HubName.parse(text)
    datasets = _datasets(text)
    split = name.split or {"predict": "test"}.get(role, role)
    try:
        data = datasets.load_dataset(name.name, name.config, split=split)
    except Exception as error:  # the library raises what its many back ends raise
        raise _explained(error, text, name, split) from None
    return _table(data, text, role)


def _datasets(text: str) -> Any:
    # Brought in by name when asked for: it is optional, and importing it takes longer than reading most files.
    if importlib.util.find_spec("datasets") is None:
        raise MissingExtraError(f"Reading {text}", "datasets", "hub")
    return importlib.import_module("datasets")


def _explained(error: Exception, text: str, name: HubName, split: str) -> Exception:
    kind, said = type(error).__name__, " ".join(str(error).split())
    offline = [v for v in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE") if os.environ.get(v, "0") not in ("", "0")]
    if "split" in said.casefold() and (kind == "ValueError" or "Unknown split" in said):
        known = re.findall(r"'([\w.-]+)'", said.partition("[")[2])
        hints = [near_miss(split, known), f"Splits: {', '.join(known)}." if known else said[:200]]
        return UserError(
            f"{text} has no split {split!r}. {' '.join(filter(None, hints))}\n  Type for example {_plain(name)}@SPLIT"
        )
    if "config" in said.casefold() and kind == "ValueError":
        return UserError(f"{text} needs a configuration, or another one: {said[:300]}\n  Type hub://{name.name}:CONFIG")
    if offline:
        return UserError(
            f"{text} is not in the local cache, and {offline[0]} is set, so nothing is fetched.\n"
            f"  Unset it (unset {offline[0]}) to fetch the data set, or name a local file."
        )
    if "NotFound" in kind or "doesn't exist" in said:
        return UserError(
            f"There is no data set {name.name!r} on the hub, or it is private.\n"
            "  Check the name at https://huggingface.co/datasets, and log in with `hf auth login` if it is private."
        )
    if "Connection" in kind or "Timeout" in kind or "Offline" in kind or "LocalEntry" in kind or "Connect" in said:
        return ResourceError(
            f"The hub cannot be reached, and {text} is not in the local cache.\n"
            "  Try again when online, or name a local file."
        )
    return UserError(f"{text} cannot be read: {kind}: {said[:300]}")


def _plain(name: HubName) -> str:
    return f"hub://{name.name}" + (f":{name.config}" if name.config else "")


def _table(data: Any, text: str, role: Role) -> Table:
    arrow = data.with_format("arrow")[:]
    columns = columns_of(arrow)
    for name, feature in data.features.items():
        names = _class_names(feature)
        if names and name in columns:
            columns[name] = [_named(cell, names, name, text) for cell in columns[name]]
    rows = len(data)
    if not rows:
        raise DataError(f"{text} holds no rows.", [Problem(text, "is empty")])
    digest = hashlib.sha256(f"{text}\0{getattr(data, '_fingerprint', '')}\0{rows}".encode())
    for cells in columns.values():
        digest.update(repr(cells).encode("utf-8", "surrogatepass"))
    record = SourceFile(
        path=text,
        sha256=digest.hexdigest(),
        bytes=int(arrow.nbytes),
        format="hub",
        encoding="",
        encoding_detected=True,
        delimiter="",
        rows=rows,
        columns=tuple(columns),
        role=role,
    )
    numbers = np.arange(1, rows + 1, dtype=np.int64)
    return without_undecodable(Table(columns, (record,), np.zeros(rows, dtype=np.int32), numbers))


def _class_names(feature: Any) -> list[str]:
    inner = getattr(feature, "feature", feature)
    return list(getattr(inner, "names", None) or [])


def _named(cell: Cell, names: list[str], column: str, text: str) -> Cell:
    if cell is None or cell == "-1":
        return None
    if isinstance(cell, tuple):
        return tuple(str(_named(item, names, column, text)) for item in cell)
    number = int(cell)
    if not 0 <= number < len(names):
        raise DataError(
            f"{text} holds a class id that has no name.",
            [Problem(text, f"column {column!r} holds {number}, and its {len(names)} names end at {len(names) - 1}")],
            "The data set is at fault: read it with your own code, mend it, and name the file.",
        )
    return names[number]
