import pytest

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.recipe import catalog

ON_LABELS = ("majority", "tfidf", "probe", "dictionary")
"""Baselines of texts with labels. Those of pictures, sounds, pairs and tokens want other rows, and have their tests."""


def test_every_baseline_belongs_to_a_task() -> None:
    """Danger: a baseline that nobody can ever name."""
    named = {kind for name in catalog.kinds("task") for kind in catalog.load("task", name).baselines}
    assert named == set(catalog.kinds("baseline"))
    assert set(ON_LABELS) < named


@pytest.mark.parametrize("kind", ON_LABELS)
def test_a_baseline_says_what_it_is_and_answers_every_row(kind, make_subject) -> None:
    """A baseline that answers fewer rows than were measured would be compared on other rows than the tuned model."""
    task = next(name for name in catalog.kinds("task") if kind in catalog.load("task", name).baselines)
    texts = ["good film", "bad film", "great plot", "awful plot"] * 6
    rows = (texts, [("0:4:x",), ()] * 12 if task == "tag" else ["yes", "no"] * 12)
    subject = make_subject(task, rows, None, rows)
    baseline = catalog.load("baseline", kind)()
    assert isinstance(baseline, Baseline) and baseline.title
    attempt = baseline.answer(subject, subject.measured)
    assert isinstance(attempt, Attempt)
    assert attempt.answers is not None and len(attempt.answers) == len(subject.measured)
