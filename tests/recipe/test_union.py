"""A field that holds one part of a family."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import ValidationError

from tunewright.recipe import Part, Section
from tunewright.recipe.union import PartOf


class Holder(Section):
    """Holds parts."""

    method: Annotated[Part, PartOf("method")]
    inputs: Annotated[Part, PartOf("input")] | None = None
    probes: tuple[Annotated[Part, PartOf("probe")], ...] = ()


def test_short_and_full_form_are_one(parts):
    """`lora` and `{kind: lora}` must be the same recipe."""
    assert Holder(method="lora") == Holder(method={"kind": "lora"}) == Holder(method=parts.LoRA())


def test_fields_reach_the_part(parts):
    """A knob that is dropped on the way trains with the default."""
    assert Holder(method={"kind": "lora", "rank": 64}).method.rank == 64


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"text": "a"}, "text"),
        ({"text": ["a", "b"]}, "text"),
        ({"text": "a", "pair": "b"}, "text+pair"),
        ({"pair": "b", "text": "a"}, "text+pair"),
        ({"kind": "text", "text": "a"}, "text"),
    ],
)
def test_the_kind_of_an_input_is_its_roles(parts, given, kind):
    """Nobody should have to write `kind: text+pair` beside the two columns."""
    assert Holder(method="full", inputs=given).inputs.kind == kind


def test_roles_decide_for_inputs_alone(parts):
    """A method guessed from its fields might be another tomorrow, when a new method takes the same field."""
    with pytest.raises(ValidationError, match="does not say which method"):
        Holder(method={"rank": 8})


def test_a_part_of_another_family_is_refused(parts):
    """From Python, a loss is as easily given as a method."""
    with pytest.raises(ValidationError, match="is a part, but not a method"):
        Holder(method=parts.Focal())


def test_a_stranger_under_a_known_kind_is_refused(parts):
    """A class of one's own with `kind='lora'` is not what the recipe will read back."""

    class Fake(Part):
        kind: str = "lora"

    with pytest.raises(ValidationError, match="is a part, but not a method"):
        Holder(method=Fake())


def test_parts_are_written_in_full(parts):
    """What is written to disk must hold every knob, and read back equal."""
    holder = Holder(method={"kind": "lora", "rank": 4}, probes=["quality", {"kind": "latency"}])
    dumped = holder.model_dump(mode="json")
    assert dumped["method"] == {"kind": "lora", "rank": 4, "targets": "all-linear"}
    assert [probe["kind"] for probe in dumped["probes"]] == ["quality", "latency"]
    assert Holder(**dumped) == holder


def test_the_schema_offers_short_and_full_forms(parts):
    """An editor should complete `lora`, but not `board`, which cannot stand without its folder."""

    class Tracked(Section):
        method: Annotated[Part, PartOf("method")]
        tracker: Annotated[Part, PartOf("tracker")]

    schema = Tracked.model_json_schema()
    short, *full = schema["properties"]["method"]["anyOf"]
    assert short["enum"] == ["full", "lora"]
    assert short["description"] == "A method with its defaults."
    assert len(full) == 2
    assert all("enum" not in choice for choice in schema["properties"]["tracker"]["anyOf"])


def test_the_article_fits(parts):
    """`a input` reads like a machine."""
    with pytest.raises(ValidationError, match="the name of an input"):
        Holder(method="full", inputs=5)
