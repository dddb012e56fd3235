"""What decides prepared data: the bytes of its files, the recipe's fields, the tokenizer, the code that makes it."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import inspect
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from tunewright.data.hub import is_hub_name
from tunewright.data.located import located
from tunewright.data.reading import read
from tunewright.data.table import shown
from tunewright.errors import UserError
from tunewright.inputs import Input
from tunewright.inputs.contents import INSIDE
from tunewright.inputs.media import Reader
from tunewright.pipeline.sources import data_locator
from tunewright.recipe import Part, Recipe
from tunewright.records import Audit, sha256_of

__all__ = ["Files", "files_of", "same_files", "store_key"]

_PACKAGES = ("tunewright", "tokenizers", "transformers", "numpy", "pyarrow", "charset-normalizer")
_ROOMS = ("cells", "data", "inputs", "tasks", "recipe", "records")

Files = dict[str, list[tuple[str, str, str]]]
"""Split to (path as messages name it, full path, sha256) of each of its files."""


def files_of(recipe: Recipe) -> Files | None:
    """The files that a recipe reads, with their content's hashes; None where they are no local files, or where one
    cannot be read, which reading them will explain."""
    locate = data_locator(recipe)
    found: Files = {}
    for role in ("train", "validation", "test"):
        given = getattr(recipe.data, role)
        if not isinstance(given, str):
            continue
        if is_hub_name(given):
            return None
        try:
            place = locate(given)
            files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
            found[role] = [(shown(file), str(file), sha256_of(file)) for file in files]
            if not place.is_dir():
                found[role] += _named_in(place, recipe)
        except (OSError, UserError):
            return None
    return found


def _named_in(place: Path, recipe: Recipe) -> list[tuple[str, str, str]]:
    """Files that the cells of a table name, where the input reads such. One that cannot be read has no hash: the audit
    tells of it, and once it is mended the key is another one."""
    columns = cast(Input, recipe.data.inputs).content_columns
    if not columns:
        return []
    data = recipe.data
    table = located(
        read(place, role="train", encoding=data.encoding, delimiter=data.delimiter, quoting=data.quoting), columns
    )
    cells = {cell for name in columns for cell in table.columns.get(name, ()) if isinstance(cell, str)}
    return [(cell, cell, _hash_of(Path(cell))) for cell in sorted(cells) if not cell.startswith(INSIDE)]


def _hash_of(file: Path) -> str:
    try:
        return sha256_of(file)
    except (OSError, ValueError):
        return ""


def same_files(files: Files, audit: Audit, recipe: Recipe) -> bool:
    """Whether the rows were read from these very bytes. A file that is written to while it is read must not be kept
    under the name of its earlier content."""
    hashes = {sha256 for role in files.values() for _, _, sha256 in role}
    return all(file.sha256 in hashes for file in audit.files) or files_of(recipe) == files


def store_key(recipe: Recipe, files: Files, tokenizer: Any, max_length: int) -> str | None:
    """A hash over all that decides the rows, their order, their tokens, their targets and the audit.

    The paths are part of it, for the audit names them. None for a tokenizer that cannot be written down.
    """
    tokens = _tokenizer(tokenizer)
    if tokens is None:
        return None
    task = recipe.task.model_dump(mode="json", exclude={"loss"})  # which loss is made small changes no row
    decides = {
        "files": files,
        "data": recipe.data.model_dump(mode="json"),
        "task": task,
        "seed": recipe.training.seed,
        "tokenizer": tokens,
        "max_length": max_length,
        "python": sys.version_info[:2],
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "code": _own_code(),
        "parts": [_code_of(recipe.data.inputs), _code_of(recipe.task)],
    }
    text = json.dumps(decides, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _tokenizer(tokenizer: Any) -> dict[str, Any] | None:
    """All that a fast tokenizer is, whatever files it came from."""
    if isinstance(tokenizer, Reader):
        if tokenizer.tokenizer is None:
            return tokenizer.described()
        beside = _tokenizer(tokenizer.tokenizer)
        return None if beside is None else tokenizer.described() | {"tokenizer": beside}
    core = getattr(tokenizer, "backend_tokenizer", None)
    if core is None:
        return None
    return {
        "class": f"{type(tokenizer).__module__}.{type(tokenizer).__qualname__}",
        "core": hashlib.sha256(core.to_str().encode()).hexdigest(),
        "inputs": list(tokenizer.model_input_names),
        "padding": [tokenizer.pad_token_id, tokenizer.padding_side],
        "truncation": tokenizer.truncation_side,
        "template": getattr(tokenizer, "chat_template", None),
        "special": [tokenizer.unk_token_id, tokenizer.eos_token_id],
    }


@functools.cache
def _own_code() -> str:
    """A hash over the source of the rooms that make the data: a version number would be forgotten."""
    root = Path(__file__).parents[1]
    sources = [file for room in _ROOMS for file in sorted((root / room).rglob("*.py"))]
    beside = [
        Path(__file__).with_name(name)
        for name in ("prepare.py", "lengths.py", "media_sizes.py", "negative_findings.py")
    ]
    return _hashed((*sources, *beside))


def _code_of(part: Part) -> str:
    """The source of a part, which may be another package's."""
    try:
        return _hashed([Path(inspect.getfile(type(part)))])
    except (TypeError, OSError):
        return ""


def _hashed(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}:{sha256_of(file)};".encode())
    return digest.hexdigest()
