"""Preferences right, and by how much."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.metrics.preference import NAMES, values


def test_ties_count_half():
    """Danger: a model that has not moved looks perfect, or perfectly wrong."""
    found = values(np.array([2.0, -1.0, 0.0]), np.array([[1, 1, 1], [0, 0, 1], [1, 0, 0]]))
    assert found.keys() == NAMES.keys()
    assert found["reward_accuracy"] == pytest.approx([0.5, 0.5, 1.0])
    assert found["reward_margin"] == pytest.approx([1 / 3, 0.0, 2.0])
