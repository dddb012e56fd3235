"""Reads a recipe's page: YAML 1.2, with the line of every value kept for messages.

YAML 1.2 because in it `1e-4` is a number and `no` is text; a key written twice is an error instead of a silent win
for the second. Dates stay text, and nothing but text, numbers, true, false, null, lists and mappings comes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import ConstructorError, DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.scalarbool import ScalarBoolean
from ruamel.yaml.scalarfloat import ScalarFloat
from ruamel.yaml.scalarint import ScalarInt
from ruamel.yaml.scalarstring import ScalarString

from tunewright.errors import Problem, RecipeError, UserError

__all__ = ["Location", "Page", "read_page", "read_value"]

Location = tuple[str | int, ...]

_MOST_VALUES = 10_000
_DEEPEST = 50
_VERSION = re.compile(r"^%YAML[ \t]+(?!1\.2\b)(\S+)", re.MULTILINE)
_KINDS = ((ScalarString, str), (ScalarFloat, float), (ScalarBoolean, bool), (ScalarInt, int))
_TEXT = "tag:yaml.org,2002:str"
_PLAIN = "A recipe holds plain values; write it without the tag."


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
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
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
    reading = _Reading(str(path))
    values = reading.plain(node, ())
    return Page(values=values, path=path, lines=reading.lines)


def read_value(text: str, where: str) -> Any:
    """Read one value as the page would: `5` is a number, `[a, b]` a list, `no` text.

    Raises:
        RecipeError: the text is not YAML.
    """
    return _Reading(where).plain(_load(text, where), ())


class _PlainTexts(RoundTripConstructor):
    """Leaves keys, dates, `=` and `<<` as the text that they are: a label may be called 007, a column 2024-01-01."""

    def construct_document(self, node: Node) -> Any:
        """Make every key text before it is read: `007` as a key would become 7."""
        self._make_keys_text(node, set(), set())
        return super().construct_document(node)

    def _make_keys_text(self, node: Node, around: set[int], done: set[int]) -> None:
        if isinstance(node, ScalarNode) or id(node) in done:
            return
        if id(node) in around:  # ruamel would put null in its place
            raise ConstructorError(problem="an alias inside what it stands for", problem_mark=node.start_mark)
        around.add(id(node))
        for child in node.value:
            for each in child if isinstance(node, MappingNode) else (child,):
                self._make_keys_text(each, around, done)
            if isinstance(node, MappingNode) and isinstance(child[0], ScalarNode) and child[0].value != "<<":
                child[0].tag = _TEXT
        around.remove(id(node))
        done.add(id(node))


def _as_written(constructor: RoundTripConstructor, node: ScalarNode) -> str:
    return str(constructor.construct_scalar(node))


for _tag in ("timestamp", "value", "merge", "str"):
    _PlainTexts.add_constructor(f"tag:yaml.org,2002:{_tag}", _as_written)


def _load(text: str, source: str) -> Any:
    if other := _VERSION.search(text):
        what = f"asks for YAML {other[1]}, in which `no` is false and `1e-4` is text"
        hint = "Remove the line that begins with %YAML."
        raise RecipeError(f"{source} cannot be used.", [Problem(source, what, hint)])
    yaml = YAML(typ="rt", pure=True)
    yaml.version = (1, 2)
    yaml.Constructor = _PlainTexts
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
    except (YAMLError, ValueError, KeyError, TypeError) as error:
        raise RecipeError(f"{source} is not YAML.", [Problem(source, str(error).splitlines()[0])]) from None
    except RecursionError:
        raise RecipeError(f"{source} cannot be used.", [Problem(source, "is nested too deeply")]) from None


def _yaml_hint(text: str, line: int) -> str:
    lines = text.splitlines()
    near = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in near:
        return "YAML indents with spaces; this line holds a tab."
    return "Check the indentation here and the line above, and quote text that holds `: ` or starts with a sign."


class _Reading:
    """Turns round-trip nodes into plain values, noting lines on the way."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines: dict[Location, int] = {}
        self.count = 0

    def plain(self, node: Any, at: Location) -> Any:
        """The value of a node, with those inside it.

        Raises:
            RecipeError: a tag asks for an object, a key is not text, or the values have no end.
        """
        self.count += 1
        if self.count > _MOST_VALUES or len(at) > _DEEPEST:
            hint = "Aliases of aliases multiply: write the values out."
            raise self._refused(at, "holds more values than a recipe can have", hint)
        if isinstance(node, CommentedMap):
            self._check_tag(node.tag.value, at)
            return self._mapping(node, at)
        if isinstance(node, CommentedSeq):
            self._check_tag(node.tag.value, at)
            return [self._item(node, index, (*at, index)) for index in range(len(node))]
        for kind, plain in _KINDS:
            if isinstance(node, kind):
                return plain(node)
        if node is None or isinstance(node, (str, bool, int, float)):
            return node
        raise self._refused(at, "has a YAML tag, `!name`", _PLAIN)

    def _mapping(self, node: CommentedMap, at: Location) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for key in node:
            if not isinstance(key, str):
                hint = "A key is the name of a field or of a label; in a list, write `- name: value`."
                raise self._refused(at, f"has a key that is not text: {str(key)[:40]}", hint)
            name = str(key)
            if name in plain:
                raise self._refused(
                    at, f"has the key {name!r} twice", "Keep one: which of the two holds would be a guess."
                )
            plain[name] = self._item(node, key, (*at, name))
        return plain

    def _item(self, node: CommentedMap | CommentedSeq, key: Any, at: Location) -> Any:
        mark = (node.lc.data or {}).get(key)
        if mark:
            self.lines[at] = mark[0] + 1
        return self.plain(node[key], at)

    def _check_tag(self, tag: str | None, at: Location) -> None:
        if tag and not str(tag).endswith((":map", ":seq")):
            raise self._refused(at, f"has the YAML tag {tag}", _PLAIN)

    def _refused(self, at: Location, what: str, hint: str) -> RecipeError:
        line = next((self.lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in self.lines), 1)
        name = ".".join(str(step) for step in at[:6])
        problem = Problem(f"{self.source}:{line}", f"{name} {what}".strip(), hint)
        return RecipeError(f"{self.source} cannot be used.", [problem])
