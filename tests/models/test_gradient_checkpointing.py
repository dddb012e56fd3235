"""Layers computed twice give the gradient of layers computed once."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
import transformers
from tiny_models import FAMILIES, tiny_config
from torch.autograd.graph import saved_tensors_hooks
from trial import Trial, with_methods

from tunewright.errors import RecipeError
from tunewright.models.gradient_checkpointing import checkpoint_layers, refuse_uncheckpointable
from tunewright.models.packing import packed_rows
from tunewright.training.lanes import open_lanes

CPU = torch.device("cpu")


def kept(bench: Trial) -> int:
    """Bytes that autograd holds on to after a forward; what a layer computes again is not among them."""
    found: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        found[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        bench.model(**bench.encoded.collate(bench.rows))
    return sum(found.values())


@pytest.mark.parametrize(("family", "method"), with_methods(FAMILIES))
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_gradient_is_the_same_to_the_bit(family: str, method: str, dropout: float) -> None:
    """Danger: a second forward under other dropout masks: the gradient is then that of no loss at all."""
    bench = Trial(family, method, dropout=dropout)
    pieces = np.array_split(bench.rows, 3)
    usual, loss = bench.gradient(pieces)
    kept_before = kept(bench.restart())
    checkpoint_layers(bench.plain)
    again, loss_again = bench.restart().gradient(pieces)
    assert loss_again == loss
    assert again.keys() == usual.keys()
    assert all(torch.equal(again[name], tensor) for name, tensor in usual.items())
    assert kept(bench.restart()) < kept_before, "nothing was saved"


@pytest.mark.parametrize(("family", "count"), product(("bert", "roberta", "modernbert"), (1, 2)))
def test_masks_of_a_lane_are_repeated(family: str, count: int) -> None:
    """Danger: training draws its dropout from sources of its own, of which torch's checkpoint knows nothing."""

    def gradient() -> dict[str, torch.Tensor]:
        with packed_rows(bench.model, CPU, "fp32"), open_lanes(bench.model, count, CPU) as lanes:
            bench.restart()
            bench.stepper.lanes = lanes
            return bench.gradient(np.array_split(bench.rows, 4))[0]

    bench = Trial(family, "full", dropout=0.3)
    usual = gradient()
    assert all(torch.equal(tensor, usual[name]) for name, tensor in gradient().items())
    checkpoint_layers(bench.plain)
    again = gradient()
    assert all(torch.equal(again[name], tensor) for name, tensor in usual.items())


def test_bf16_too() -> None:
    """Danger: the second forward outside of autocast, in another precision."""
    bench = Trial("bert", dropout=0.3, precision="bf16")
    usual, _ = bench.gradient([bench.rows])
    checkpoint_layers(bench.plain)
    again, _ = bench.restart().gradient([bench.rows])
    assert all(torch.equal(again[name], tensor) for name, tensor in usual.items())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_that_can_is_let_through(family: str) -> None:
    """Danger: an option that is refused everywhere."""
    refuse_uncheckpointable(tiny_config(family))


def test_a_model_that_cannot_is_refused_by_name() -> None:
    """Danger: transformers' own traceback, or an option that silently does nothing."""
    with pytest.raises(RecipeError, match="AlbertForSequenceClassification") as caught:
        refuse_uncheckpointable(transformers.AlbertConfig())
    assert caught.value.problems[0].where == "training.gradient_checkpointing"
