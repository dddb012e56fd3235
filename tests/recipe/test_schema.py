"""The JSON Schema for editors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tunewright.errors import RecipeError
from tunewright.recipe import Recipe, filled
from tunewright.recipe.page import read_page
from tunewright.recipe.schema import schema
from tunewright.samples import demo_recipe


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


TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def fits(value, node, root) -> bool:
    """Whether a value fits a schema: the few words of JSON Schema that ours uses, all of them."""
    if "$ref" in node and not fits(value, root["$defs"][node["$ref"].rpartition("/")[2]], root):
        return False
    if "anyOf" in node and not any(fits(value, choice, root) for choice in node["anyOf"]):
        return False
    kind = node.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return False
    if value not in node.get("enum", [value]) or value != node.get("const", value):
        return False
    return _fits_inside(value, node, root)


def _fits_inside(value, node, root) -> bool:
    if isinstance(value, dict):
        known, others = node.get("properties", {}), node.get("additionalProperties", True)
        inner = [(item, known.get(name, others)) for name, item in value.items()]
        if not set(node.get("required", ())) <= set(value) or any(rule is False for _, rule in inner):
            return False
        return all(rule is True or fits(item, rule, root) for item, rule in inner)
    if isinstance(value, list):
        rules = node.get("prefixItems") or [node.get("items", {})] * len(value)
        right = node.get("minItems", 0) <= len(value) <= node.get("maxItems", len(value))
        return right and all(fits(item, rule, root) for item, rule in zip(value, rules, strict=True))
    if isinstance(value, str):
        return node.get("minLength", 0) <= len(value) <= node.get("maxLength", len(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return node.get("minimum", value) <= value <= node.get("maximum", value) and node.get(
            "exclusiveMinimum", value - 1
        ) < value < node.get("exclusiveMaximum", value + 1)
    return True


GOOD = [
    "",
    "method: lora\nevaluation: [quality, {kind: latency}]\ntraining: {epochs: 2, betas: [0.9, 0.99]}\n",
    "task: {kind: classify, loss: {kind: focal, gamma: 1}}\noutput: null\n",
    "training: {early_stopping: {patience: 3}, schedule: {kind: linear, warmup_ratio: 0}, trackers: []}\n",
]
BAD = [
    "epochs: 3\n",
    "method: lorra\n",
    "method: {kind: lora, rnk: 1}\n",
    "method: {rank: 1}\n",
    "method: {kind: lora, rank: 0}\n",
    "evaluation: quality\n",
    "evaluation: [qualty]\n",
    "training: {epochs: many}\n",
    "training: {epochs: 0}\n",
    "training: {betas: [0.9]}\n",
    "training: {trackers: [board]}\n",
    "output: 5\n",
]


@pytest.mark.parametrize("more", GOOD)
def test_it_accepts_what_the_reader_accepts(whole, read, minimal, tmp_path, more):
    """A schema stricter than the reader underlines good recipes in red."""
    read(minimal + more)
    assert fits(read_page(tmp_path / "recipe.yaml").values, whole, whole)


def test_it_accepts_a_filled_recipe(whole, read, minimal, tmp_path):
    """The most complete page there is."""
    (tmp_path / "filled.yaml").write_text(filled(read(minimal)), encoding="utf-8")
    assert fits(read_page(tmp_path / "filled.yaml").values, whole, whole)


@pytest.mark.parametrize("more", BAD)
def test_it_refuses_what_the_reader_refuses(whole, read, minimal, tmp_path, more):
    """An editor that finds no fault where the reader does sends the user in circles."""
    with pytest.raises(RecipeError):
        read(minimal + more)
    assert not fits(read_page(tmp_path / "recipe.yaml").values, whole, whole)


def test_it_accepts_the_recipes_that_are_shipped(tmp_path):
    """With the real parts: what the documentation shows must not be underlined in red."""
    whole = schema()
    examples = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.yaml"))
    assert examples
    (tmp_path / "demo.yaml").write_text(demo_recipe(), encoding="utf-8")
    for path in [*examples, tmp_path / "demo.yaml"]:
        Recipe.read(path)
        assert fits(read_page(path).values, whole, whole), path


def test_it_names_every_field_of_the_recipe(whole):
    """The schema is written by hand nowhere, so it cannot lag behind."""
    assert set(whole["properties"]) == set(Recipe.model_fields)
    assert set(whole["required"]) == {"model", "data"}
