"""Lanes: the same gradient as one after another, the same dropout in every run, and one lane where that cannot be."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from trial import Trial, trial

from tunewright.models.precision import autocast
from tunewright.training.lanes import Lane, lane_count, open_lanes

CPU = torch.device("cpu")
PIECES = [np.arange(0, 5), np.arange(5, 6), np.arange(6, 13), np.arange(13, 16), np.arange(0)]


@contextmanager
def in_lanes(bench: Trial, count: int) -> Iterator[None]:
    """The trial's stepper with lanes."""
    before = bench.stepper.lanes
    with open_lanes(bench.model, count, CPU) as lanes:
        bench.stepper.lanes = lanes
        try:
            yield
        finally:
            bench.stepper.lanes = before


def gradients(bench: Trial, count: int, seed: int = 0) -> dict[str, Tensor]:
    bench.restart()
    with in_lanes(bench, count):
        bench.stepper.update(PIECES, 16, seed)
        assert len(bench.stepper.lanes) == count
    return {name: p.grad.clone() for name, p in bench.stepper.parameters.items() if p.grad is not None}


@pytest.mark.parametrize("method", ["full", "freeze", "lora"])
def test_the_gradient_is_that_of_one_lane(method: str) -> None:
    """Danger: a lane whose gradients are lost, counted twice, or taken from weights of the step before."""
    bench = Trial("bert", method)
    one, three = gradients(bench, 1), gradients(bench, 3)
    norm = torch.sqrt(sum(g.square().sum() for g in one.values()))
    assert one.keys() == three.keys()
    assert max(float((one[name] - three[name]).norm() / norm) for name in one) < 1e-5


def test_two_runs_with_dropout_are_the_same_to_the_bit() -> None:
    """Danger: threads that share a generator, so that whoever comes first decides a run."""
    bench = Trial("bert", dropout=0.3)
    for name, module in bench.model.named_modules():
        if name.endswith("attention.self.dropout"):  # dropout of attention weights is a function's, not a layer's
            module.p = 0.0
    first = gradients(bench, 2, seed=5)
    for _ in range(4):
        again = gradients(bench, 2, seed=5)
        assert all(torch.equal(first[name], again[name]) for name in first)
    other = gradients(bench, 2, seed=6)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_lanes_drop_other_values() -> None:
    """Danger: every lane with the same mask, which is no dropout of a batch."""
    model = nn.Dropout(0.5).train()
    with open_lanes(model, 2, CPU) as lanes:

        def masked(lane: Lane, index: int) -> Tensor:
            lane.masks.seed(0, index)
            return lane.model(torch.ones(100))

        one, other = lanes.map(masked, [0, 1])
    assert not torch.equal(one, other)


def test_a_step_follows_from_the_weights_of_the_last() -> None:
    """Danger: copies that go on computing with the weights they were made from."""
    one, two = Trial("bert"), Trial("bert")
    with in_lanes(two, 2):
        for seed in range(3):
            one.stepper.update(PIECES, 16, seed)
            two.stepper.update(PIECES, 16, seed)
    for name, weight in one.weights().items():
        if not name.endswith("key.bias"):  # its gradient is zero but for rounding, which AdamW makes large
            assert torch.allclose(weight, two.weights()[name], atol=1e-5), name


def test_a_model_that_draws_from_the_one_generator_gets_one_lane() -> None:
    """Danger: two runs of one seed that differ, because threads raced for random numbers."""
    bench = Trial("bert", dropout=0.3)
    with open_lanes(bench.model, 2, CPU) as lanes:
        bench.stepper.lanes = lanes
        bench.stepper.update(PIECES, 16, 3)
        found = {n: p.grad.clone() for n, p in bench.stepper.parameters.items() if p.grad is not None}
        assert len(lanes) == 1
    again = gradients(bench, 1, seed=3)
    assert all(torch.equal(found[name], again[name]) for name in again)


def test_an_error_in_a_lane_reaches_the_caller() -> None:
    """Danger: a failed micro-batch whose gradient is quietly missing."""
    bench = trial("bert")

    def compute(lane: Lane, index: int) -> int:
        if index == 1:
            raise MemoryError("no room")
        return index

    with open_lanes(copy.deepcopy(bench.plain), 3, CPU) as lanes, pytest.raises(MemoryError):
        lanes.map(compute, [0, 1, 2])


def test_frozen_layers_keep_their_dropout_off_in_every_lane() -> None:
    """Danger: a copy that stays in the mode in which it was made."""
    bench = trial("bert", "freeze")
    model = copy.deepcopy(bench.plain).eval()
    with open_lanes(model, 2, CPU) as lanes:
        bench.method.train_mode(model)
        modes = lanes.map(lambda lane, _: [m.training for m in lane.model.modules()], [0, 1])
    assert modes[0] == modes[1]
    assert len(set(modes[0])) == 2


def test_how_many_lanes_pay() -> None:
    """Danger: lanes for steps too small to share, for gradients too large to copy, or on a GPU."""
    model = nn.Linear(1000, 1000, bias=False)
    assert lane_count(model, CPU, 2, 1000.0) == 2
    assert lane_count(model, CPU, 16, 1100.0) == 4
    assert lane_count(model, CPU, 2, 100.0) == 1
    assert lane_count(model, torch.device("cuda"), 2, 1000.0) == 1
    assert lane_count(model.requires_grad_(False), CPU, 2, 1000.0) == 1
    with torch.device("meta"):
        assert lane_count(nn.Linear(40_000, 10_000), CPU, 2, 1000.0) == 1


def test_copies_share_weights_and_nothing_else() -> None:
    """Danger: a second model in memory; a gradient that lands in the other lane."""
    model = copy.deepcopy(trial("bert").plain).train()
    with open_lanes(model, 2, CPU) as lanes:
        twin = lanes.lanes[1].model
        assert all(a.data_ptr() == b.data_ptr() for a, b in zip(model.parameters(), twin.parameters(), strict=True))
        with autocast("bf16", CPU):
            twin(**trial("bert").encoded.collate([0, 1])).logits.sum().backward()
        assert all(p.grad is None for p in model.parameters())
        lanes.gather_gradients()
        assert all(p.grad is None for p in twin.parameters())
        assert any(p.grad is not None for p in model.parameters())


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("sizes", [(), (7,), (4, 4), (1, 2, 3, 4, 5, 6), (100, 1, 1), (1, 1, 100), (8,) * 12])
def test_shared_work_reaches_every_tensor_once(count: int, sizes: tuple[int, ...]) -> None:
    """Danger: a stretch that is left out or taken twice, where tensors are few or one outweighs the rest."""
    tensors = [torch.full((size,), float(place)) for place, size in enumerate(sizes)]
    with open_lanes(nn.Linear(2, 2), count, CPU) as lanes:
        found = lanes.share(lambda part: [float(tensor[0]) for tensor in tensors[part]], tensors)
    assert [place for part in found for place in part] == list(range(len(sizes)))
    assert len(found) <= count
    assert len(found) == count or count == 1 or sizes != (8,) * 12


@pytest.mark.parametrize("sizes", [(100, 98), (98, 100), (400, 60, 70, 80, 90, 100)])
def test_two_lanes_share_what_can_be_halved(sizes: tuple[int, ...]) -> None:
    """Danger: a large first tensor, as a table of words is, leaves all of the work to one thread."""
    tensors = [torch.ones(size) for size in sizes]
    with open_lanes(nn.Linear(2, 2), 2, CPU) as lanes:
        assert len(lanes.share(lambda part: part, tensors)) == 2


def test_one_lane_keeps_no_weights_alive() -> None:
    """Danger: slices replace the parameters of a model, and the whole ones stay in memory for the run."""
    model = nn.Linear(2, 2)
    before = weakref.ref(model.weight)
    with open_lanes(model, 1, CPU):
        model.weight = nn.Parameter(torch.ones(2, 2))
        assert before() is None
