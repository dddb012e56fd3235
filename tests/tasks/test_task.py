"""What all tasks have in common."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tiny_models import shared_model_folder, tiny_config

from tunewright.losses.focal import Focal
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.tasks import Space, Task
from tunewright.tasks.classify import Classify
from tunewright.tasks.regress import Regress

SPACE = Space("classes", ("a", "b", "c"), (3, 2, 1))


def test_a_misfit_names_the_losses_that_fit() -> None:
    """Danger: an error that says no, and not what else."""
    with pytest.raises(ValidationError) as caught:
        Classify(loss="mse")
    (problem,) = caught.value.errors()
    assert problem["ctx"]["loss"] == "mse"
    assert problem["ctx"]["allowed"] == "cross_entropy, focal"


def test_a_loss_may_be_given_in_full() -> None:
    """Danger: knobs of a loss that are lost on the way into the task."""
    assert Classify(loss={"kind": "focal", "gamma": 3.0}).loss == Focal(gamma=3.0)
    assert Classify(loss=Focal(gamma=3.0)).loss == Focal(gamma=3.0)


def test_the_loss_sees_names_and_counts() -> None:
    """Danger: class weights computed from nothing."""
    task = Classify(loss={"kind": "cross_entropy", "class_weights": {"c": 5.0}})
    weighted = task.compute_loss(torch.zeros(1, 3), torch.tensor([2]), SPACE)
    plain = Classify().compute_loss(torch.zeros(1, 3), torch.tensor([2]), SPACE)
    assert float(weighted.sum) == pytest.approx(5 * float(plain.sum))
    balanced = Classify(loss={"kind": "cross_entropy", "class_weights": "balanced"})
    assert float(balanced.compute_loss(torch.zeros(1, 3), torch.tensor([2]), SPACE).sum) == pytest.approx(
        2 * float(plain.sum)
    )


def test_the_model_gets_every_setting() -> None:
    """Danger: a dropout that the recipe sets and the model never sees."""
    source = Source("bert", str(shared_model_folder("bert")))
    model = Classify().model(source, SPACE, LoadOptions(0, 3, dropout=0.25, attention_dropout=0.5))
    assert model.config.hidden_dropout_prob == 0.25
    assert model.config.attention_probs_dropout_prob == 0.5
    again = Classify().model(source, SPACE, LoadOptions(0, 4))
    assert not torch.equal(model.classifier.weight, again.classifier.weight)


def test_labels_need_no_folding() -> None:
    """Danger: a task without a unit that rescales its head."""
    source = Source("bert", str(shared_model_folder("bert")))
    model = Classify().model(source, SPACE, LoadOptions(0, 0))
    before = model.classifier.weight.clone()
    assert Classify().settle(SPACE, model) == SPACE
    assert Classify().fold(model, SPACE) == SPACE
    assert torch.equal(model.classifier.weight, before)
    assert Classify().step_targets(np.array([1, 2]), SPACE).tolist() == [1, 2]


def test_the_bare_model_has_the_spaces_outputs() -> None:
    """Danger: a memory forecast for a head of two outputs where there are 77."""
    with torch.device("meta"):
        assert Classify().bare_model(tiny_config("bert"), SPACE).classifier.out_features == 3
        assert Regress().bare_model(tiny_config("bert"), Space("number", ("y",))).classifier.out_features == 1


def test_a_task_must_say_all_it_does() -> None:
    """Danger: a task of a third party that fails after training, when it is asked for metrics."""
    with pytest.raises(TypeError, match="abstract"):
        Task(kind="nothing", loss="mse")
