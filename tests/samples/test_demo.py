"""The recipe of the demo."""

from __future__ import annotations

from tunewright.recipe import Recipe, filled
from tunewright.samples import demo_recipe


def test_it_is_a_valid_recipe_that_says_what_it_does(tmp_path):
    """The first recipe a newcomer sees must run as it stands."""
    path = tmp_path / "demo.yaml"
    path.write_text(demo_recipe(), encoding="utf-8")
    recipe = Recipe.read(path)
    assert recipe.model == "sample://minilm"
    assert recipe.data.train == "sample://tickets"
    assert (recipe.data.validation, recipe.data.test) == (0.1, 0.2)
    assert recipe.data.target == "department"
    assert recipe.data.inputs.model_dump() == {"kind": "text", "text": "message"}
    assert (recipe.task.kind, recipe.method.kind) == ("classify", "freeze")
    assert (recipe.training.learning_rate, recipe.training.batch_size, recipe.training.epochs) == (2e-4, 32, 3.0)
    assert [probe.kind for probe in recipe.evaluation] == ["quality", "latency", "memory"]
    assert "sample://tickets" in filled(recipe)


def test_every_setting_has_its_comment():
    """A newcomer learns the page from this one."""
    lines = [line for line in demo_recipe().splitlines() if line.startswith(("model", "task", "method", "  inputs"))]
    assert len(lines) == 4
    assert all("# " in line for line in lines)
    assert max(len(line) for line in demo_recipe().splitlines()) <= 100
