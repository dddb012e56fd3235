"""The contract of a loss."""

from __future__ import annotations

import pytest
import torch

from tunewright.errors import RecipeError
from tunewright.losses import Loss, LossSum
from tunewright.recipe import catalog


def test_a_loss_answers_with_sum_and_weight() -> None:
    """Danger: the two taken for one another: both are numbers."""
    total, weight = LossSum(torch.tensor(6.0), 3.0)
    assert float(total) / weight == 2.0
    assert LossSum._fields == ("sum", "weight")


def test_a_loss_without_computation_cannot_be_made() -> None:
    """Danger: a loss of a third party that fails at the first step of a long run."""
    with pytest.raises(TypeError, match="abstract"):
        Loss(kind="nothing")


def test_every_kind_of_target_has_a_loss() -> None:
    """Danger: a task whose targets no loss can learn."""
    covered = {kind for name in catalog.kinds("loss") for kind in catalog.load("loss", name).target_kinds}
    assert covered >= {"label", "labels", "number", "token", "span", "preference"}


@pytest.mark.parametrize("kind", ["cross_entropy", "focal", "binary_cross_entropy"])
def test_labels_that_do_not_exist_are_found_before_training(kind):
    """Danger: a typo in a label's name that ends the training in its first step."""
    part = catalog.load("loss", kind)
    part(kind=kind, class_weights={"a": 2.0}).ready(["a", "b"], [1, 1])
    part(kind=kind).ready([], [])
    with pytest.raises(RecipeError, match="is not a label of the training rows"):
        part(kind=kind, class_weights={"c": 2.0}).ready(["a", "b"], [1, 1])
