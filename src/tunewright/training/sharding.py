"""Weights, gradients and moments spread over the processes: torch's FSDP2, one transformer layer at a time.

Each process keeps a slice of every tensor. A layer's weights are put together right before it computes and dropped
right after; its gradients are summed and cut into slices as soon as they are there. The arithmetic is that of whole
weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from tunewright.models.anatomy import anatomy
from tunewright.models.precision import DTYPES, PrecisionName
from tunewright.training.world import World

__all__ = ["is_sharded", "own_part", "shard", "share_moments", "share_weights", "total_norm", "whole"]


def shard(model: nn.Module, plain: nn.Module, device: torch.device, precision: PrecisionName, world: World) -> None:
    """Spread a model that every process holds whole, in place; its parameters are replaced by slices on the device.

    Args:
        model: what trains, possibly wrapped by an adapter.
        plain: the transformers model inside, for its layers.
        device: that of this process.
        precision: of the matrix products; the weights travel in it, gradients are summed in fp32.
        world: the processes.
    """
    mesh = init_device_mesh(device.type, (world.size,))
    policy = between = MixedPrecisionPolicy()
    if precision != "fp32":
        # a layer hands on what it computes in, as norms behind the last one need: on a CPU none takes two types
        between = MixedPrecisionPolicy(param_dtype=DTYPES[precision], reduce_dtype=torch.float32)
        policy = replace(between, output_dtype=torch.float32)
    inside = [plain.get_submodule(name) for name in anatomy(plain).layers]
    for module in inside:
        fully_shard(module, mesh=mesh, mp_policy=between, reshard_after_forward=True)
    # the outermost one is given back too, so that a parameter is a slice whenever no forward is under way
    fully_shard(model, mesh=mesh, mp_policy=policy, reshard_after_forward=True)
    for module in model.modules():
        if isinstance(module, FSDPModule):
            # a sum, as everywhere here, where FSDP2 would take the mean; in plain words, since gloo knows no other
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)


def is_sharded(parameters: Iterable[Tensor]) -> bool:
    """Whether they are slices of tensors that are spread over processes."""
    return any(isinstance(parameter, DTensor) for parameter in parameters)


def own_part(tensor: Tensor) -> Tensor:
    """The slice of a tensor that this process keeps; the tensor itself where it is not spread."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole(tensor: Tensor) -> Tensor:
    """A spread tensor put together. Every process has to ask for it, in the same order."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def total_norm(norms: list[Tensor], world: World, sharded: bool) -> float:
    """L2 norm of all gradients as one vector, from that of each; where they are this process's slices, over all
    processes."""
    if not sharded:
        return float(torch.linalg.vector_norm(torch.stack(norms))) if norms else 0.0
    squares = torch.stack(norms).double().square().sum()
    return math.sqrt(world.sum_numbers(float(squares))[0])


def share_weights(tensors: dict[str, Tensor], world: World) -> None:
    """Overwrite every process's tensors with the leader's, in place."""
    for name in sorted(tensors):
        world.share_tensor(tensors[name])


def share_moments(
    before: torch.optim.Optimizer,
    names: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
    parameters: Mapping[str, Tensor],
    world: World,
) -> None:
    """Give every process the moments that the leader has read from a checkpoint, or its slices of them.

    Args:
        before: the optimizer that holds them in the leader's process.
        names: its parameters by name.
        optimizer: the one that trains; it may be the same.
        parameters: its parameters by name, possibly spread.
        world: the processes.
    """
    if world.size == 1:
        return
    mine = {name: before.state.get(parameter, {}) for name, parameter in names.items()}
    sheet = {n: {k: [list(t.shape), str(t.dtype), t.device.type] for k, t in s.items()} for n, s in mine.items() if s}
    for name, keys in world.share(sheet).items():
        target = parameters[name]
        state: dict[str, Tensor] = {}
        for key, (shape, kind, place) in keys.items():
            held = cast(Tensor | None, mine[name].get(key)) if world.leads else None
            device = own_part(target).device if place == "cuda" else torch.device(place)
            moment = torch.empty(shape, dtype=_dtype(kind), device=device) if held is None else held
            world.share_tensor(moment)
            if key == "step" or not isinstance(target, DTensor):
                state[key] = moment.to(own_part(target).device)
            else:
                moment = moment.to(own_part(target).device)
                state[key] = distribute_tensor(moment, target.device_mesh, target.placements, src_data_rank=None)
        optimizer.state[target] = state


def _dtype(name: str) -> torch.dtype:
    return cast(torch.dtype, getattr(cast(Any, torch), name.removeprefix("torch.")))
