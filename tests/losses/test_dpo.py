"""Direct preference optimisation against its formula."""

from __future__ import annotations

import math

import pytest
import torch

from tunewright.losses.dpo import DPO


def test_a_model_that_equals_its_reference_starts_at_log_two():
    """Danger: the reference is subtracted from the wrong answer, or not at all."""
    logs = torch.tensor([[-3.0, -9.0], [-40.0, -2.0]])
    found = DPO().compute(logs, logs, (), ())
    assert float(found.sum) == pytest.approx(2 * math.log(2)) and found.weight == 2


def test_the_formula():
    """Danger: a sign or beta in the wrong place: the rejected answers are learned."""
    model, reference = torch.tensor([[-3.0, -9.0]]), torch.tensor([[-5.0, -8.0]])
    margin = 0.5 * ((-3 + 5) - (-9 + 8))
    found = DPO(beta=0.5, label_smoothing=0.1).compute(model, reference, (), ())
    wanted = 0.9 * math.log1p(math.exp(-margin)) + 0.1 * math.log1p(math.exp(margin))
    assert float(found.sum) == pytest.approx(wanted, rel=1e-6)


def test_the_chosen_answer_becomes_likelier():
    """Danger: the gradient pulls both answers the same way."""
    model = torch.zeros(1, 2, requires_grad=True)
    DPO().compute(model, torch.zeros(1, 2), (), ()).sum.backward()
    assert model.grad is not None and model.grad[0, 0] < 0 < model.grad[0, 1]
