import pytest

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.recipe import catalog


@pytest.mark.parametrize("kind", catalog.kinds("baseline"))
def test_a_baseline_says_what_it_is_and_answers_every_row(kind, make_subject) -> None:
    """A baseline that answers fewer rows than were measured would be compared on other rows than the tuned model."""
    rows = (["good film", "bad film", "great plot", "awful plot"] * 6, ["yes", "no"] * 12)
    subject = make_subject("classify", rows, None, rows)
    baseline = catalog.load("baseline", kind)()
    assert isinstance(baseline, Baseline) and baseline.title
    attempt = baseline.answer(subject, subject.measured)
    assert isinstance(attempt, Attempt)
    assert attempt.scores is not None and len(attempt.scores) == len(subject.measured)
