"""The model before training is the one that training begins with, and answers without chance."""

from __future__ import annotations

import numpy as np
import torch

from tunewright.pipeline.before_training import first_model, outputs_before
from tunewright.pipeline.fit import build_model
from tunewright.pipeline.prepare import prepare
from tunewright.training.observer import Silent


def test_it_is_the_model_that_training_begins_with(prepared) -> None:
    """Danger: a head is drawn from another seed, and what is compared with has never been trained on."""
    given = prepared("full")
    trained = build_model(given, torch.device("cpu"))[1]
    first = first_model(given, given.space)
    assert not first.training
    own, other = first.state_dict(), trained.state_dict()
    assert own.keys() == other.keys() and all(torch.equal(own[name], other[name]) for name in own)


def test_rows_are_answered_without_dropout_each_set_by_itself(placed) -> None:
    """Danger: dropout of the recipe makes the reference another one in every run; or splits are answered in each
    other's place."""
    given = prepare(placed(training__dropout=0.5, training__attention_dropout=0.5), Silent())
    sets = [given.train.encoded, given.test.encoded]
    found, turned = outputs_before(given, sets), outputs_before(given, sets[::-1])
    assert len(sets[0]) != len(sets[1]) and [len(each) for each in found] == [len(each) for each in sets]
    for one, other in zip(found, turned[::-1], strict=True):
        assert one.dtype == np.float32 and np.array_equal(one, other)
