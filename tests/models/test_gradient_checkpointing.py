"""Layers computed twice give the gradient of layers computed once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray
from tiny_causal import WINDOWED, some_rows, tiny_causal
from tiny_models import FAMILIES, tiny_config
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from transformers import AutoConfig
from trial import Trial, with_methods

from tunewright.data.plan import like_lengths
from tunewright.errors import RecipeError
from tunewright.inputs import Encoded
from tunewright.models.anatomy import anatomy, inner_model
from tunewright.models.causal_families import CAUSAL_FAMILIES
from tunewright.models.dropout import dropout_settings
from tunewright.models.gradient_checkpointing import checkpoint_layers, refuse_uncheckpointable
from tunewright.models.packing import packed_rows
from tunewright.models.row_places import real_tokens, row_slices
from tunewright.training.lanes import open_lanes

pytestmark = pytest.mark.usefixtures("many_groups")
CPU = torch.device("cpu")
ENCODERS = ("bert", "roberta", "distilbert", "xlm-roberta")


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


def gradients(model: nn.Module, loss_of: Callable[[NDArray[np.int64]], torch.Tensor]) -> dict[str, torch.Tensor]:
    """Of two micro-batches, one after the other, as training goes through them."""
    model.zero_grad(set_to_none=True)
    for rows in ([4, 0, 5, 2], [3, 1]):
        loss_of(np.array(rows)).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def same_when_packed_and_computed_twice(model: nn.Module, encoded: Encoded, by_token: bool) -> None:
    """Asserts that packed rows in checkpointed layers have the gradients of padded batches in layers that keep all."""

    def loss(outputs: torch.Tensor, seed: int) -> torch.Tensor:
        return (outputs * torch.randn(outputs.shape, generator=torch.Generator().manual_seed(seed))).sum()

    def padded(rows: NDArray[np.int64]) -> torch.Tensor:
        batch = encoded.collate(rows)
        said = model(**batch).logits
        return loss(said[real_tokens(batch)] if by_token else said, len(rows))

    def packed(rows: NDArray[np.int64]) -> torch.Tensor:
        groups = like_lengths(rows, encoded.lengths)
        given = packing.arguments(encoded, groups)
        said, order = model(**given).logits, np.concatenate(groups)
        moved = [int(np.flatnonzero(order == row)[0]) for row in rows]
        if not by_token:
            return loss(said[moved], len(rows))
        parts = [said.flatten(0, 1)[part] for part in row_slices(given)]
        return loss(torch.cat([parts[place] for place in moved]), len(rows))

    model.train()
    wanted = gradients(model, padded)
    checkpoint_layers(inner_model(model))
    calls: list[nn.Module] = []
    layers = [inner_model(model).get_submodule(name) for name in anatomy(inner_model(model)).layers]
    for layer in layers:
        next(layer.children()).register_forward_pre_hook(lambda module, _: calls.append(module))
    with packed_rows(model, CPU, "fp32", by_token) as packing:
        assert packing is not None
        found = gradients(model, packed)
    assert len(calls) == 2 * 2 * len(layers), "each layer of each micro-batch forwards, and once more on the way back"
    assert found.keys() == wanted.keys()
    largest = max(float(gradient.norm()) for gradient in wanted.values())
    for name, gradient in wanted.items():
        assert float((found[name] - gradient).norm()) < 1e-5 * largest, name


@pytest.mark.parametrize(
    ("family", "task"), [*product(ENCODERS, ("classify", "tag")), ("bert", "masked"), ("xlm-roberta", "masked")]
)
@pytest.mark.parametrize("method", ["full", "lora"])
def test_packed_rows_of_an_encoder(family: str, task: str, method: str) -> None:
    """Danger: what tells a layer where rows begin is not there when it is computed again: tokens see other rows, a
    classifier reads other tokens than each row's first."""
    bench = Trial(family, method, task)
    same_when_packed_and_computed_twice(bench.model, bench.encoded, by_token=task != "classify")


@pytest.mark.parametrize(("family", "window"), [*((f, {}) for f in sorted(CAUSAL_FAMILIES)), *WINDOWED.items()])
def test_packed_rows_of_a_causal_model(family: str, window: dict[str, Any]) -> None:
    """Danger: as for encoders; and windows, which are cut anew when a layer is computed again."""
    still = dropout_settings(AutoConfig.for_model(family), 0.0, 0.0)
    same_when_packed_and_computed_twice(tiny_causal(family, **window, **still), some_rows(), by_token=True)


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
