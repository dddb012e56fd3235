"""Slices of weights; that they train the same model is the law of tests/laws/test_processes.py."""

from __future__ import annotations

import math

import pytest
import torch
from processes import spawn
from tiny_models import shared_model_folder
from torch import nn
from torch.distributed.tensor import DTensor
from trial import Trial, trial

from tunewright.training.sharding import is_sharded, own_part, share_moments, total_norm, whole
from tunewright.training.world import World


def test_whole_tensors_are_left_alone() -> None:
    """Danger: one process alone pays for what only many need."""
    tensor = torch.ones(3)
    assert own_part(tensor) is tensor
    assert whole(tensor) is tensor
    assert not is_sharded([tensor])
    bench = trial()
    before = dict(bench.optimizer.state)
    names = dict(bench.model.named_parameters())
    share_moments(bench.optimizer, names, bench.optimizer, names, World())
    assert dict(bench.optimizer.state) == before


def test_the_norm_is_torchs_own() -> None:
    """Danger: gradients clipped at another size than the recipe says."""
    gradients = [torch.randn(4, 3), torch.randn(5)]
    wanted = float(nn.utils.get_total_norm(gradients))
    norms = list(torch._foreach_norm(gradients))
    assert total_norm(norms, World(), sharded=False) == wanted
    assert total_norm(norms, World(), sharded=True) == pytest.approx(wanted, rel=1e-6)
    assert total_norm([], World(), sharded=False) == 0.0
    assert math.isnan(total_norm([torch.tensor([math.nan])], World(), sharded=True))


def _slice(world: World, folder: str) -> None:
    bench = Trial("bert", "full", folder=folder, world=world)  # type: ignore[arg-type]
    wanted = {name: tensor.clone() for name, tensor in bench.model.state_dict().items()}
    bench.spread()
    parameters = dict(bench.model.named_parameters())
    assert all(isinstance(parameter, DTensor) for parameter in parameters.values())
    kept = sum(own_part(parameter).numel() for parameter in parameters.values())
    assert kept < 0.6 * sum(parameter.numel() for parameter in parameters.values())
    for name, parameter in parameters.items():
        assert torch.equal(whole(parameter.detach()), wanted[name])
    bench.step(1)
    # after a forward and a backward the slices are back in their places, for whoever asks for the parameters
    assert all(isinstance(parameter, DTensor) for parameter in bench.model.parameters())
    moments = bench.optimizer.state[parameters["classifier.weight"]]
    assert isinstance(moments["exp_avg"], DTensor)
    bench.model.eval()
    with torch.no_grad():
        bench.logits(bench.model)
    assert all(isinstance(parameter, DTensor) for parameter in bench.model.parameters())


def test_each_process_keeps_its_slice_of_everything() -> None:
    """Danger: slices in name, and the whole model in the memory of each."""
    spawn(_slice, str(shared_model_folder("bert")))


def _slice_in_bf16(world: World, folders: dict[str, str]) -> None:
    for family, folder in folders.items():
        losses = []
        for precision in ("fp32", "bf16"):
            bench = Trial(family, "full", folder=folder, world=world, precision=precision)  # type: ignore[arg-type]
            bench.spread()
            bench.method.train_mode(bench.model)
            losses += [bench.stepper.update([bench.rows], len(bench.encoded), seed).loss for seed in range(2)]
        assert losses[2:] == pytest.approx(losses[:2], rel=0.02), family


def test_slices_compute_in_bf16_where_a_norm_follows_the_layers() -> None:
    """Danger: a norm of bf16 weights that is handed fp32, which ends a run on a CPU in its first step."""
    families = ("bert", "modernbert", "llama")
    spawn(_slice_in_bf16, {family: str(shared_model_folder(family)) for family in families})
