"""Weights by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from tunewright.errors import RecipeError
from tunewright.losses.class_weights import class_weights
from tunewright.losses.cross_entropy import CrossEntropy

NAMES = ("billing", "delivery", "returns")


def test_none_weighs_nothing() -> None:
    """Danger: a tensor of ones that costs a pass and looks as if something were set."""
    assert class_weights(None, NAMES, (1, 2, 3)) is None


def test_balanced_is_scikit_learns() -> None:
    """Danger: another scale under a known name, and a learning rate that no longer fits."""
    counts = (6, 3, 1)
    rows = [index for index, count in enumerate(counts) for _ in range(count)]
    expected = compute_class_weight("balanced", classes=np.arange(3), y=rows)
    weights = class_weights("balanced", NAMES, counts)
    assert weights is not None
    assert weights.tolist() == pytest.approx(expected.tolist())
    assert sum(w * c for w, c in zip(weights.tolist(), counts, strict=True)) == pytest.approx(10.0)


def test_a_class_without_rows_breaks_nothing() -> None:
    """Danger: a division by zero, or an infinite weight for a label that never occurs."""
    weights = class_weights("balanced", NAMES, (6, 0, 2))
    assert weights is not None
    assert weights.tolist() == pytest.approx([8 / 12, 0.0, 2.0])


def test_a_mapping_is_read_by_name() -> None:
    """Danger: weights in the order of the recipe instead of the labels'."""
    weights = class_weights({"returns": 5.0, "billing": 0.5}, NAMES, (1, 1, 1))
    assert weights is not None
    assert weights.tolist() == [0.5, 1.0, 5.0]
    assert weights.dtype == torch.float32


def test_an_unknown_label_is_refused_with_the_nearest_one() -> None:
    """Danger: a weight for `biling` that weighs nothing, while its author believes the class is lifted."""
    with pytest.raises(RecipeError) as caught:
        class_weights({"biling": 2.0, "delivery": 2.0, "zzz": 1.0}, NAMES, (1, 1, 1))
    first, second = caught.value.problems
    assert first.where == "task.loss.class_weights.biling"
    assert "Did you mean 'billing'?" in first.hint
    assert "billing, delivery, returns" in second.hint


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_must_be_a_positive_number(weight: float) -> None:
    """Danger: a class that is silently left out, or learned backwards."""
    with pytest.raises(ValueError, match="class_weights"):
        CrossEntropy(class_weights={"billing": weight})


def test_other_words_than_balanced_are_refused() -> None:
    """Danger: a word that is taken for no weights at all."""
    with pytest.raises(ValueError, match="class_weights"):
        CrossEntropy(class_weights="even")
