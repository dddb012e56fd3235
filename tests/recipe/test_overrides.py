"""`field=value` on the command line."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.errors import RecipeError, UserError
from tunewright.recipe import Recipe
from tunewright.recipe.overrides import override
from tunewright.recipe.page import Page


@pytest.mark.parametrize(
    ("assignment", "get", "value"),
    [
        ("training.epochs=5", lambda r: r.training.epochs, 5.0),
        ("training.learning_rate=2e-5", lambda r: r.training.learning_rate, 2e-5),
        ("training.learning_rate=null", lambda r: r.training.learning_rate, None),
        ("training.seed=7", lambda r: r.training.seed, 7),
        ("model=some/model", lambda r: r.model, "some/model"),
        ("model=a=b", lambda r: r.model, "a=b"),
        ("data.test=20%", lambda r: r.data.test, 0.2),
        ("data.target=no", lambda r: r.data.target, "no"),
        ("data.delimiter=';'", lambda r: r.data.delimiter, ";"),
        ("data.delimiter=|", lambda r: r.data.delimiter, "|"),
        ("data.delimiter=,", lambda r: r.data.delimiter, ","),
        ("data.delimiter=\t", lambda r: r.data.delimiter, "\t"),
        (r"data.delimiter=\t", lambda r: r.data.delimiter, "\t"),
        (r'data.delimiter="\t"', lambda r: r.data.delimiter, "\t"),
        ("data.inputs.pair=title", lambda r: r.data.inputs.kind, "text+pair"),
        ("data.inputs={text: title}", lambda r: r.data.inputs.text, "title"),
        ("method=lora", lambda r: r.method.kind, "lora"),
        ("method={kind: lora, rank: 3}", lambda r: r.method.rank, 3),
        ("task.loss=focal", lambda r: r.task.loss.kind, "focal"),
        ("task.loss.smoothing=0.1", lambda r: r.task.loss.smoothing, 0.1),
        ("training.schedule.warmup_ratio=0.5", lambda r: r.training.schedule.warmup_ratio, 0.5),
        ("training.early_stopping.patience=9", lambda r: r.training.early_stopping.patience, 9),
        ("evaluation=[quality]", lambda r: len(r.evaluation), 1),
        ("evaluation.0.resamples=100", lambda r: r.evaluation[0].resamples, 100),
        ("evaluation.1=quality", lambda r: r.evaluation[1].kind, "quality"),
        ("output=runs/x", lambda r: r.output, "runs/x"),
        (" training.epochs = 5", lambda r: r.training.epochs, 5.0),
    ],
)
def test_a_field_is_set(read, minimal, assignment, get, value):
    """An override that lands elsewhere, or nowhere, runs the wrong experiment under the right name."""
    assert get(read(minimal, assignment)) == value


def test_the_short_form_is_opened(read, minimal):
    """`method: lora` and `method.rank=8` must meet."""
    assert read(minimal + "method: lora\n", "method.rank=3").method.rank == 3
    assert (
        read(minimal + "evaluation: [latency, quality]\n", "evaluation.1.resamples=200").evaluation[1].resamples == 200
    )


def test_the_others_stay(read, minimal):
    """An override of one field of a group must not reset its neighbours."""
    recipe = read(minimal + "training: {epochs: 9, batch_size: 7}\n", "training.epochs=1")
    assert (recipe.training.epochs, recipe.training.batch_size) == (1.0, 7)
    assert [probe.kind for probe in read(minimal, "evaluation.0.resamples=100").evaluation] == [
        "quality",
        "latency",
        "memory",
    ]


def test_later_ones_win_and_build_on_earlier_ones(read, minimal):
    """As on any command line."""
    assert read(minimal, "training.epochs=1", "training.epochs=2").training.epochs == 2.0
    assert read(minimal, "method=lora", "method.rank=2").method.rank == 2
    assert read(minimal, "training.trackers=[board]", "training.trackers.0.folder=x").training.trackers[0].folder == "x"


@pytest.mark.parametrize(
    ("assignment", "what"),
    [
        ("training.epochs", "is not field=value"),
        ("=5", "is not field=value"),
        ("training..epochs=5", "is not field=value"),
        (".=5", "is not field=value"),
        ("", "is not field=value"),
        ("training.epochs=", "has no value"),
        ("training.epochs=[1", "has a value that is not YAML"),
        ("training={epochs: 1, epochs: 2}", "twice"),
        ("model=!x y", "YAML tag"),
        ("evaluation.9.resamples=100", "'9' is not an item of a list of 3"),
        ("evaluation.x=1", "'x' is not an item of a list of 3"),
        ("evaluation.-1=quality", "'-1' is not an item of a list of 3"),
        ("evaluation.²=quality", "'²' is not an item of a list of 3"),
        ("training.trackers.0.folder=x", "'0' is not an item of a list of 0"),
        ("model.x=1", "model holds a value, not fields"),
        ("training.seed.x=1", "training.seed holds a value, not fields"),
        ("data.inputs.text.x.y=1", "data.inputs.text holds a value, not fields"),
    ],
)
def test_what_cannot_be_put_anywhere(read, minimal, assignment, what):
    """Each names the assignment itself: it is on the command line, not on the page."""
    with pytest.raises(RecipeError) as caught:
        read(minimal, assignment)
    (problem,) = caught.value.problems
    assert problem.where == assignment
    assert what in problem.what
    assert problem.hint


@pytest.mark.parametrize(
    ("assignment", "where", "what", "hint"),
    [
        ("training.epoch=5", "training.epoch", "is not a field here", "Did you mean 'epochs'?"),
        ("epochs=5", "epochs", "is not a field here", "training.epochs=..."),
        ("nope.deep.er=1", "nope", "is not a field here", "Allowed: model"),
        ("training.epochs=many", "training.epochs", "is 'many', and should be a number", "Passes over"),
        ("method.rank=8", "method.rank", "is not a field here", "It is a field of the method 'lora'"),
        ("self=1", "self", "is not a field here", "Allowed: model"),
        ("_page=1", "_page", "is not a field here", "Allowed: model"),
        ("model_config=1", "model_config", "is not a field here", "Allowed: model"),
        ("é=ü", "é", "is not a field here", "Allowed: model"),
    ],
)
def test_what_the_recipe_does_not_know(read, minimal, assignment, where, what, hint):
    """The validation that follows speaks of the field, with the near miss, and of no line: there is none."""
    with pytest.raises(RecipeError) as caught:
        read(minimal, assignment)
    (problem,) = caught.value.problems
    assert (problem.where, problem.what) == (where, what)
    assert hint in problem.hint


def test_all_bad_assignments_are_told_at_once(read, minimal):
    """One a run would take an afternoon."""
    with pytest.raises(RecipeError) as caught:
        read(minimal, "training.epochs", "model=", "evaluation.9=x")
    assert len(caught.value.problems) == 3


def test_an_override_has_no_line(read, minimal):
    """The line of what it replaced would send the user to a value that is fine."""
    with pytest.raises(RecipeError) as caught:
        read(minimal + "training:\n  epochs: 3\n  seed: -1\n", "training.epochs=many")
    assert [problem.where for problem in caught.value.problems] == ["training.epochs", "training.seed (line 8)"]


def test_the_page_given_is_left_as_it_was(parts):
    """A search overrides one page many times."""
    page = Page(values={"training": {"epochs": 1}, "evaluation": ["quality"]}, lines={("training", "epochs"): 2})
    new = override(page, ["training.epochs=2", "evaluation.0.resamples=100"], Recipe)
    assert page.values == {"training": {"epochs": 1}, "evaluation": ["quality"]}
    assert page.lines == {("training", "epochs"): 2}
    assert new.values["training"] == {"epochs": 2}
    assert new.lines == {}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.lists(
        st.sampled_from(["training", "method", "evaluation", "data", "inputs", "0", "rank", "loss", "task", "x", ""]),
        min_size=1,
        max_size=4,
    ),
    value=st.text(alphabet="ab1.:{}[]&*! ,-'\"%", max_size=12),
)
def test_no_assignment_raises_anything_but_a_users_error(read, minimal, path, value):
    """A traceback for a typing mistake is our mistake."""
    try:
        read(minimal, f"{'.'.join(path)}={value}")
    except UserError as error:
        assert str(error)
