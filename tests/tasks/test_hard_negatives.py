"""Wrong partners that look right."""

from __future__ import annotations

import numpy as np

from tunewright.tasks.hard_negatives import nearest_wrong
from tunewright.tasks.partners import Partners


def turned(degrees: list[float]) -> np.ndarray:
    """Vectors of length 1 at these angles."""
    angles = np.deg2rad(np.array(degrees))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def texts_of(partners: Partners, picks: np.ndarray) -> list[list[int]]:
    """Numbers of the texts that were picked."""
    names = partners.numbers[partners.candidates, 1]
    return [[int(names[place]) for place in row if place >= 0] for row in picks]


def test_the_nearest_that_are_not_too_near() -> None:
    """Danger: what is nearer than the right answer is mostly another right answer, and is taught to be wrong."""
    first, second = turned([0, 0, 0, 0]), turned([30, 10, 45, 70])
    partners = Partners(np.array([[1, 11], [2, 12], [3, 13], [4, 14]]), first, second)
    found = nearest_wrong(partners, 2, 0.95)
    # cosines .87 .98 .71 .34: row 1 passes over text 12; row 3's own is at .71, so 11 and 12 are too near
    assert texts_of(partners, found.picks) == [[13, 14], [11, 13], [14], []]
    assert found.passed_over.tolist() == [1, 0, 2, 3]
    loose = nearest_wrong(partners, 1, 1.0)
    assert texts_of(partners, loose.picks) == [[13], [11], [14], []]


def test_known_partners_and_the_text_itself_are_never_wrong() -> None:
    """Danger: two answers to one question unlearn one another; a text is pushed away from itself."""
    first, second = turned([0, 0, 20]), turned([5, 40, 25])
    partners = Partners(np.array([[1, 11], [1, 12], [12, 13]]), first, second)
    found = nearest_wrong(partners, 3, 1.0)
    assert texts_of(partners, found.picks) == [[13], [], [11]]
    assert found.passed_over.tolist() == [0, 1, 0]


def test_texts_that_are_as_near_come_in_one_order() -> None:
    """Danger: which of a hundred equal texts are taken differs from run to run."""
    numbers = np.stack([np.arange(50), 100 + np.arange(50)[::-1]], axis=1)
    partners = Partners(numbers, turned([0.0] * 50), turned([60.0] * 50))
    near = Partners(numbers, turned([60.0] + [0.0] * 49), turned([60.0] * 50))
    assert not (nearest_wrong(partners, 2, 0.95).picks >= 0).any(), "all are as near as the own one"
    found = [nearest_wrong(Partners(near.numbers, near.first, near.second), 2, 1.0).picks for _ in range(2)]
    assert (found[0] == found[1]).all()


def test_a_partner_behind_the_text_asks_for_farther_ones() -> None:
    """Danger: a share of a negative cosine is a larger one, and what is nearer than the right answer is taken."""
    partners = Partners(np.array([[1, 11], [2, 12]]), turned([0, 0]), turned([120, 100]))
    found = nearest_wrong(partners, 1, 0.5)
    assert texts_of(partners, found.picks) == [[], [11]]
