"""Reads a recipe's page: YAML 1.2, with the line of every value kept for messages.

YAML 1.2 because in it `1e-4` is a number and `no` is text; a key written twice is an error instead of a silent win
for the second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarfloat import ScalarFloat
from ruamel.yaml.scalarint import ScalarInt
from ruamel.yaml.scalarstring import ScalarString

from tunewright.errors import Problem, RecipeError, UserError

__all__ = ["Location", "Page", "read_page", "read_value"]

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A recipe as written: plain Python values, where it came from, and the line of each value."""

    values: dict[str, Any]
    path: Path | None = None
    lines: dict[Location, int] = field(default_factory=dict)


def read_page(path: Path) -> Page:
    """Read one recipe.

    Raises:
        UserError: the file does not exist or is not text.
        RecipeError: the text is not YAML, holds a key twice, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob("*.y*ml"))[:5] if path.parent.is_dir() else []
        beside = f" In that folder: {', '.join(near)}." if near else ""
        raise UserError(
            f"There is no recipe {path}.{beside}\n  Write one from your data with: tunewright init your_data.csv"
        ) from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder, and a recipe is a YAML file.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}). Save the recipe as UTF-8.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    node = _load(text, str(path))
    if node is None:
        raise RecipeError(
            f"{path} is empty.",
            [Problem(str(path), "holds no recipe", "Write one from your data with: tunewright init your_data.csv")],
        )
    if not isinstance(node, CommentedMap):
        raise RecipeError(
            f"{path} is not a recipe.",
            [Problem(f"{path}:1", "is not a mapping of fields", "A recipe starts with a line like `model: NAME`.")],
        )
    lines: dict[Location, int] = {}
    values = _plain(node, (), lines)
    return Page(values=values, path=path, lines=lines)


def read_value(text: str, where: str) -> Any:
    """Read one value as the page would: `5` is a number, `[a, b]` a list, `no` text."""
    return _plain(_load(text, where), (), {})


def _load(text: str, source: str) -> Any:
    yaml = YAML(typ="rt", pure=True)
    yaml.version = (1, 2)
    try:
        return yaml.load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        what = str(error.problem).splitlines()[0].split(" with value")[0].replace("found duplicate", "has the")
        raise RecipeError(
            f"{source} cannot be used.",
            [Problem(f"{source}:{line}", f"{what} twice", "Keep one: which of the two holds would be a guess.")],
        ) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise RecipeError(
            f"{source} is not YAML.",
            [Problem(f"{source}:{line}", str(error.problem or error.context), _yaml_hint(text, line))],
        ) from None
    except (YAMLError, ValueError) as error:
        raise RecipeError(f"{source} is not YAML.", [Problem(source, str(error).splitlines()[0])]) from None


def _yaml_hint(text: str, line: int) -> str:
    lines = text.splitlines()
    near = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in near:
        return "YAML indents with spaces; this line holds a tab."
    return "Check the indentation here and the line above, and quote text that holds `: ` or starts with a sign."


def _plain(node: Any, at: Location, lines: dict[Location, int]) -> Any:
    """Round-trip nodes to plain values, noting lines on the way."""
    if isinstance(node, CommentedMap):
        plain: dict[str, Any] = {}
        for key, value in node.items():
            name = str(key)
            mark = node.lc.data.get(key) if node.lc.data else None
            if mark:
                lines[(*at, name)] = mark[0] + 1
            plain[name] = _plain(value, (*at, name), lines)
        return plain
    if isinstance(node, CommentedSeq):
        for index in range(len(node)):
            mark = node.lc.data.get(index) if node.lc.data else None
            if mark:
                lines[(*at, index)] = mark[0] + 1
        return [_plain(value, (*at, index), lines) for index, value in enumerate(node)]
    if isinstance(node, ScalarString):
        return str(node)
    if isinstance(node, ScalarFloat):
        return float(node)
    if isinstance(node, ScalarInt) and not isinstance(node, bool):
        return int(node)
    return node
