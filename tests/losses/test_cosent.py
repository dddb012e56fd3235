"""The order of likenesses."""

from __future__ import annotations

import math

import pytest
import torch

from tunewright.losses.cosent import CoSENT


def test_it_is_the_logarithm_over_all_ordered_pairs() -> None:
    """Danger: the sign of a difference turned round, or pairs of equal labels counted. The peer is two plain loops."""
    cosines, labels = [0.9, 0.1, 0.4, 0.3], [1.0, 0.0, 0.0, 0.6]
    exps = [
        math.exp(5.0 * (cosines[j] - cosines[i])) for i in range(4) for j in range(4) if labels[i] > labels[j]
    ]  # fmt: skip
    assert len(exps) == 5
    told = CoSENT(scale=5.0).compute(torch.tensor(cosines)[:, None], torch.tensor(labels), (), ())
    assert float(told.sum) / told.weight == pytest.approx(math.log(1 + sum(exps)), rel=1e-6)
    assert told.weight == 4.0


@pytest.mark.parametrize("labels", [[1.0], [0.5, 0.5, 0.5]])
def test_rows_without_an_order_cost_nothing(labels: list[float]) -> None:
    """Danger: the last step of an epoch has one row, or labels that are all the same, and its loss is NaN."""
    cosines = torch.linspace(-0.5, 0.5, len(labels))[:, None].requires_grad_()
    loss = CoSENT().compute(cosines, torch.tensor(labels), (), ()).sum
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not bool(cosines.grad.any())


def test_the_unit_of_labels_changes_nothing() -> None:
    """Danger: labels of 0 to 100 make the loss a hundred times as large."""
    cosines, labels = torch.tensor([[0.2], [0.5], [0.3]]), torch.tensor([0.0, 0.2, 1.0])
    one, other = (CoSENT().compute(cosines, given, (), ()).sum for given in (labels, labels.square() * 100))
    assert float(one) == float(other)
