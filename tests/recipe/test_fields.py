"""What may stand at a place of the page."""

from __future__ import annotations

import pytest

from tunewright.recipe import Recipe, Training
from tunewright.recipe.fields import default_of, family_of, field_at, model_at, section_of
from tunewright.recipe.sections import EarlyStopping

VALUES = {
    "method": {"kind": "lora"},
    "task": {"kind": "classify", "loss": {"kind": "focal"}},
    "data": {"inputs": {"text": "a", "pair": "b"}},
    "training": {"early_stopping": {}, "betas": [1], "trackers": ["board"], "schedule": "linear"},
    "evaluation": ["quality", {"kind": "latency"}],
    "model": {"kind": "x"},
}


def test_models_are_found_through_parts_and_lists(parts):
    """The fields a message lists must be those of the part that was chosen, not of the family."""

    def at(*steps):
        return model_at(steps, Recipe, VALUES)

    assert at() is Recipe
    assert at("training") is Training
    assert at("training", "early_stopping") is EarlyStopping
    assert at("method") is parts.LoRA
    assert at("task", "loss") is parts.Focal
    assert at("data", "inputs") is parts.TextPair
    assert at("evaluation", 0) is parts.Quality
    assert at("evaluation", 1) is parts.Latency
    assert at("training", "trackers", 0) is parts.Board
    assert at("training", "schedule") is parts.Linear


@pytest.mark.parametrize(
    "steps",
    [("nope",), ("nope", "deeper"), ("evaluation", 7), ("model",), ("training", "betas"), ("training", "betas", 0)],
)
def test_no_model_where_there_are_no_fields(parts, steps):
    """A guess here would list fields that do not exist."""
    assert model_at(steps, Recipe, VALUES) is None


@pytest.mark.parametrize("given", [5, None, "lorra", {"kind": "lorra"}, {"kind": 5}, {"rank": 8}, ["lora"]])
def test_no_model_for_an_unknown_part(parts, given):
    """The error about an unknown kind must not raise another one."""
    assert model_at(("method",), Recipe, {"method": given}) is None


def test_fields_are_found_for_items_too(parts):
    """An item of a list is explained by the list's own sentence."""
    assert "Decay rates" in field_at(("training", "betas", 0), Recipe, VALUES).description
    assert "Rank" in field_at(("method", "rank"), Recipe, VALUES).description
    assert field_at((), Recipe, VALUES) is None
    assert field_at(("nope",), Recipe, VALUES) is None
    assert field_at(("nope", "x"), Recipe, VALUES) is None


def test_families_and_sections_are_told_apart(parts):
    """Both have fields; only a section has the same ones whatever is given."""
    fields = Recipe.model_fields
    assert family_of(fields["method"]) == "method"
    assert family_of(fields["evaluation"]) == "probe"
    assert family_of(fields["training"]) is None
    assert section_of(fields["training"]) is Training
    assert section_of(Training.model_fields["early_stopping"]) is EarlyStopping
    assert section_of(fields["method"]) is None
    assert section_of(fields["model"]) is None


def test_defaults_are_as_written_on_a_page(parts):
    """An override into a default must start from that default."""
    fields = Recipe.model_fields
    assert default_of(fields["method"]) == {"kind": "full"}
    assert default_of(fields["evaluation"]) == ["quality", "latency", "memory"]
    assert default_of(fields["training"]) == {}
    assert default_of(Training.model_fields["early_stopping"]) == {}
    assert default_of(Training.model_fields["trackers"]) == []
