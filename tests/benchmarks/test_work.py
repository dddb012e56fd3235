"""The table of workloads."""

from __future__ import annotations

import pytest

from benchmarks.work import METHODS, WORKS, recipe_fields
from tunewright.recipe import Recipe


@pytest.mark.parametrize("name", WORKS)
@pytest.mark.parametrize("method", METHODS)
def test_every_workload_is_a_recipe(name: str, method: str) -> None:
    """Danger: a field of the recipe is renamed, and the benchmark is found broken when the quiet machine is there."""
    recipe = Recipe(**recipe_fields(WORKS[name].sized(True), method, 0, "sample://minilm"))
    assert recipe.evaluation == () and recipe.data.validation is None
    assert recipe.training.learning_rate == WORKS[name].rates[method]


@pytest.mark.parametrize("name", WORKS)
def test_a_quick_size_leaves_steps_to_be_timed(name: str) -> None:
    """Danger: after the warm-up nothing is left, and the quick benchmark ends in an error."""
    quick = WORKS[name].sized(True)
    assert quick.rows < WORKS[name].rows
    assert quick.rows // quick.batch_size >= 8


def test_a_size_of_ones_own_comes_before_the_quick_one() -> None:
    """Danger: --rows beside --quick is passed over."""
    work = WORKS["imdb"].sized(True, rows=64, epochs=2.0)
    assert (work.rows, work.epochs, work.batch_size) == (64, 2.0, 16)
