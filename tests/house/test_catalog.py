"""Every kind of part in the catalogue is there, documented, tested, and in the reference."""

from __future__ import annotations

import pytest

from tunewright.recipe import Part
from tunewright.recipe.catalog import BUILTIN, load

KINDS = [(family, kind) for family, table in BUILTIN.items() for kind in table]


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=[f"{family}.{kind}" for family, kind in KINDS])
def test_a_kind_is_complete(family, kind, root):
    """A line in the catalogue promises a class; a knob without its sentence leaves the user to guess its unit."""
    part = load(family, kind)
    assert issubclass(part, Part)
    assert part.model_fields["kind"].default == kind
    assert part.summary(), f"{part.__name__} has no docstring"
    silent = [name for name, field in part.model_fields.items() if name != "kind" and not field.description]
    assert not silent, f"{part.__name__}: fields without a sentence: {', '.join(silent)}"
    module = BUILTIN[family][kind].partition(":")[0].removeprefix("tunewright.")
    *rooms, stem = module.split(".")
    test = (root / "tests").joinpath(*rooms, f"test_{stem}.py")
    assert test.is_file(), f"{test.relative_to(root)} is missing"


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=[f"{family}.{kind}" for family, kind in KINDS])
def test_a_kind_is_frozen_and_closed(family, kind):
    """A part that can be changed, or that swallows unknown fields, lets a typo train with the default."""
    config = load(family, kind).model_config
    assert config["frozen"] is True
    assert config["extra"] == "forbid"
