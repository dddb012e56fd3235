"""The contract of a tracker."""

from __future__ import annotations

import pytest

from tunewright.recipe import Training, catalog
from tunewright.training.trackers import Tracker


def test_trackers_are_chosen_by_name() -> None:
    """Danger: a tracker that a recipe names and nobody opens."""
    training = Training(trackers=list(catalog.kinds("tracker")))
    assert [tracker.kind for tracker in training.trackers] == list(catalog.kinds("tracker"))
    assert all(isinstance(tracker, Tracker) for tracker in training.trackers)
    assert Training().trackers == ()


def test_a_tracker_must_say_how_it_opens() -> None:
    """Danger: a tracker of a third party that fails at the first step."""
    with pytest.raises(TypeError, match="abstract"):
        Tracker(kind="nothing")
