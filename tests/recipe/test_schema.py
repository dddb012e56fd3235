"""The JSON Schema for editors."""

from __future__ import annotations

import json

import pytest

from tunewright.recipe import Recipe
from tunewright.recipe.schema import schema


@pytest.fixture
def whole(parts):
    return schema()


def fields(node, path="recipe"):
    """Every property of every object in the schema."""
    if isinstance(node, dict):
        for name, inner in (node.get("properties") or {}).items():
            yield f"{path}.{name}", name, inner
        for name, inner in node.items():
            yield from fields(inner, f"{path}.{name}")
    elif isinstance(node, list):
        for inner in node:
            yield from fields(inner, path)


def test_it_is_json_and_says_which_schema_it_is(whole):
    """Editors pick their rules by it."""
    assert json.loads(json.dumps(whole)) == whole
    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert whole["title"] == "tunewright recipe"


def test_every_field_has_a_description(whole):
    """A completion without its sentence leaves the user to guess."""
    silent = [
        path for path, name, inner in fields(whole) if name != "kind" and "description" not in _whole(inner, whole)
    ]
    assert not silent


def _whole(inner, root):
    return inner if "$ref" not in inner else inner | root["$defs"][inner["$ref"].rpartition("/")[2]]


def test_every_reference_leads_somewhere(whole):
    """A reference into nothing makes the whole schema invalid."""
    text = json.dumps(whole)
    for piece in text.split('"$ref": "')[1:]:
        target = piece.partition('"')[0]
        node = whole
        for step in target.removeprefix("#/").split("/"):
            node = node[step]
        assert isinstance(node, dict)


def test_unknown_fields_are_refused_by_it_too(whole):
    """An editor that accepts a typo is worse than none."""
    assert whole["additionalProperties"] is False
    assert whole["$defs"]["Training"]["additionalProperties"] is False


def test_choices_are_those_of_the_catalogue(whole):
    """`lora` must be completed, with its own fields and no other's."""
    short, *full = whole["properties"]["method"]["anyOf"]
    assert short["enum"] == ["full", "lora"]
    kinds = [_whole(choice, whole) for choice in full]
    assert [kind["properties"]["kind"]["const"] for kind in kinds] == ["full", "lora"]
    assert "rank" in kinds[1]["properties"]
    assert "rank" not in kinds[0]["properties"]


def test_a_share_is_a_number_a_text_or_nothing(whole):
    """`20%`, `0.2`, a file's name and null are all right there."""
    choices = whole["$defs"]["Data"]["properties"]["test"]["anyOf"]
    assert {choice["type"] for choice in choices} == {"number", "string", "null"}
    number = next(choice for choice in choices if choice["type"] == "number")
    assert (number["exclusiveMinimum"], number["exclusiveMaximum"]) == (0.0, 1.0)


def test_it_accepts_the_recipes_we_accept(whole, read, minimal):
    """A schema stricter than the reader underlines good recipes in red."""
    jsonschema = pytest.importorskip("jsonschema")
    for text in (minimal, minimal + "method: lora\nevaluation: [quality, {kind: latency}]\ntraining: {epochs: 2}\n"):
        jsonschema.validate(json.loads(read(text).model_dump_json(exclude_unset=True)), whole)


def test_it_names_every_field_of_the_recipe(whole):
    """The schema is written by hand nowhere, so it cannot lag behind."""
    assert set(whole["properties"]) == set(Recipe.model_fields)
    assert set(whole["required"]) == {"model", "data"}
