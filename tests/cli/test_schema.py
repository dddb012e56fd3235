"""tunewright schema"""

from __future__ import annotations

from tunewright.recipe import Recipe


def test_it_is_a_schema_of_the_recipe(typed):
    """Editors read it; a file that is no JSON switches their help off without a word."""
    done = typed("schema")
    assert (done.status, done.err) == (0, "")
    assert set(Recipe.model_fields) <= set(done.json["properties"])
    assert typed("schema", "--json").out == done.out
