"""tunewright parts"""

from __future__ import annotations

import re

from tunewright.recipe import catalog


def test_every_kind_has_its_line(typed):
    """A part that nobody finds is not there."""
    done = typed("parts")
    assert done.status == 0
    for family in catalog.families():
        assert family in done.out
        for kind in catalog.kinds(family):
            summary = catalog.load(family, kind).summary()
            assert re.search(rf"(^| ){re.escape(kind)} +{re.escape(summary)}$", done.out, flags=re.MULTILINE)


def test_one_family(typed):
    """The rest is left out."""
    done = typed("parts", "method")
    assert "lora" in done.out
    assert "cross_entropy" not in done.out


def test_json(typed):
    """By family and kind."""
    found = typed("parts", "--json").json
    assert set(found) == set(catalog.families())
    assert all(found[family] for family in found)
    assert set(typed("parts", "task", "--json").json) == {"task"}


def test_an_unknown_family(typed):
    """With the near miss."""
    done = typed("parts", "metod")
    assert (done.status, done.out) == (2, "")
    assert "Did you mean 'method'?" in done.err
