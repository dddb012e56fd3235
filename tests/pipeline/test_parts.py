"""Which parts go together, and how long rows are read."""

from __future__ import annotations

import pytest

from tunewright.errors import RecipeError
from tunewright.pipeline.parts import Parts, refuse_misfit, window_overlap
from tunewright.recipe import Recipe

TEXT = {"text": "t"}
PAIR = {"text": "t", "pair": "p"}


def recipe(task: str, inputs: dict[str, str], **data: object) -> Recipe:
    target = {} if task in ("embed", "masked") else {"target": "y"}
    section = {"train": "rows.csv", "inputs": inputs} | target | data
    return Recipe(model="sample://minilm", data=section, task=task)


@pytest.mark.parametrize(
    ("page", "field"),
    [
        (recipe("tag", PAIR), "data.inputs"),
        (recipe("similarity", TEXT), "data.inputs"),
        (recipe("classify", {"image": "file"}, max_length=64), "data.max_length"),
        (recipe("classify", PAIR, on_long="window"), "data.on_long"),
        (recipe("masked", TEXT, on_long="window"), "data.on_long"),
        (recipe("translate", TEXT, on_long="window"), "data.on_long"),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_name(page: Recipe, field: str) -> None:
    """Danger: a task that reads its rows in a way the input cannot give them, found out in the middle of a run."""
    with pytest.raises(RecipeError) as caught:
        refuse_misfit(page, Parts.of(page))
    assert [problem.where for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("task", ["classify", "regress", "multilabel"])
def test_parts_that_fit_pass(task: str) -> None:
    page = recipe(task, TEXT, on_long="window")
    refuse_misfit(page, Parts.of(page))


def test_windows_share_a_quarter_unless_told_otherwise() -> None:
    """Danger: windows that share nothing cut what stands at their seam in two."""
    assert window_overlap(recipe("tag", TEXT), 128) is None
    assert window_overlap(recipe("tag", TEXT, on_long="window"), 128) == 32
    assert window_overlap(recipe("tag", TEXT, on_long="window", overlap=5), 128) == 5


def test_a_pair_answers_single_texts_where_something_can_be_said_of_them() -> None:
    """Danger: a model of vectors that wants a second text to give the vector of the first."""
    parts = Parts.of(recipe("embed", PAIR))
    assert parts.answering(["t", "p"]) is parts
    assert parts.answering(["t"]).inputs.columns == ("t",)
