"""The recipe written out: every default in its place, every field under its documentation."""

from __future__ import annotations

import io
import textwrap
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from tunewright.recipe.part import Section
from tunewright.recipe.recipe import Recipe

__all__ = ["filled"]

_WIDTH = 116


def filled(recipe: Recipe, comments: bool = True) -> str:
    """The whole recipe as a page that reads back to an equal recipe."""
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_node(recipe, 0, comments), stream)
    return stream.getvalue()


def _node(section: BaseModel, depth: int, comments: bool) -> CommentedMap:
    node = CommentedMap()
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            node[name] = _node(value, depth + 1, comments)
        elif isinstance(value, tuple) and value and all(isinstance(v, Section) for v in value):
            node[name] = [_node(v, depth + 2, False) for v in value]
        else:
            node[name] = _plain(section, name)
        if comments and info.description and name != "kind":
            indent = 2 * depth
            text = "\n".join(textwrap.wrap(info.description, _WIDTH - indent))
            node.yaml_set_comment_before_after_key(name, before=text, indent=indent)
    return node


def _plain(section: BaseModel, name: str) -> Any:
    return _writable(section.model_dump(mode="json", include={name})[name])


def _writable(value: Any) -> Any:
    """The value with its lists and mappings plain; a text with a NEL in quotes, for bare it reads back as a space."""
    if isinstance(value, (list, tuple)):
        return [_writable(each) for each in value]
    if isinstance(value, dict):
        return {name: _writable(each) for name, each in value.items()}
    return DoubleQuotedScalarString(value) if isinstance(value, str) and "\x85" in value else value
