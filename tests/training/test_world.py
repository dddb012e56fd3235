"""Processes that train together; two real ones are in tests/laws and tests/pipeline/test_launch.py."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor

from tunewright.errors import ResourceError, UserError
from tunewright.training import world as module
from tunewright.training.world import World, variable

LAUNCHED = {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The variables of a launcher, and a process group that only remembers how it was asked for."""
    for name, value in LAUNCHED.items():
        monkeypatch.setenv(name, value)
    begun: list[Any] = []
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(module.dist, "init_process_group", lambda backend, timeout: begun.append(backend))
    monkeypatch.setattr(module.dist, "is_initialized", lambda: bool(begun))
    monkeypatch.setattr(module.dist, "get_rank", lambda: 1)
    monkeypatch.setattr(module.dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(module.Notices, "at_launcher", lambda rank, size: (rank, size))
    return begun


def test_alone_without_a_launcher(monkeypatch) -> None:
    """Danger: waiting for a process group that nobody will join."""
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert World.join() == World(0, 1)
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert World.join() == World(0, 1)
    assert World.join().notices is None


def test_alone_nothing_is_sent(monkeypatch) -> None:
    """Danger: a copy of all gradients, for nobody."""
    for name in ("all_reduce", "broadcast", "barrier"):
        monkeypatch.setattr(module.dist, name, lambda *a, **k: pytest.fail("sent"))
    gradient = torch.ones(3)
    alone = World()
    alone.sum_gradients([gradient])
    alone.share_tensor(gradient)
    alone.together()
    alone.part()
    assert alone.sum_tensor(gradient).tolist() == [1.0, 1.0, 1.0]
    assert alone.sum_numbers(1.5, 2) == alone.largest(1.5, 2) == [1.5, 2.0]
    assert alone.share({"a": 1}) == {"a": 1}
    assert alone.gather("x") == ["x"]
    assert alone.leads


def test_a_launcher_is_joined_once(launched) -> None:
    """Danger: a second process group in a process that has one, which never returns."""
    assert World.join() == World.join() == World(1, 2)
    assert launched == ["gloo"]
    assert not World(1, 2).leads
    assert World.join().notices == (1, 2)


def test_on_gpus_each_process_takes_its_own_and_numbers_stay_on_the_cpu(launched, monkeypatch) -> None:
    """Danger: all processes on the first GPU, or a GPU that waits for a sum of three numbers."""
    taken: list[int] = []
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module.torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(module.torch.cuda, "set_device", taken.append)
    monkeypatch.setenv("LOCAL_RANK", "3")
    World.join()
    assert taken == [3]
    assert launched == ["cpu:gloo,cuda:nccl"]


def test_a_process_without_a_gpu_says_how_many_there_are(launched, monkeypatch) -> None:
    """Danger: torch's "invalid device ordinal", or two processes on one GPU, where nccl hangs."""
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(module.torch.cuda, "device_count", lambda: 1)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with pytest.raises(UserError, match="process 1 of this machine has no GPU: there are 1"):
        World.join()
    taken: list[int] = []
    monkeypatch.setattr(module.torch.cuda, "set_device", taken.append)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")  # the launcher shows each process its own, as the only one
    World.join()
    assert taken == [0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"MASTER_ADDR": ""}, "MASTER_ADDR is not set"), ({"RANK": "", "MASTER_PORT": ""}, "RANK, MASTER_PORT is not set"),
     ({"RANK": "2"}, "ranks go from 0 to 1"), ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two'")],
)  # fmt: skip
def test_variables_that_make_no_sense_are_explained(launched, monkeypatch, changed: dict[str, str], said: str) -> None:
    """Danger: a KeyError from inside torch, or half an hour of waiting for a process that does not exist."""
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=said):
        World.join()
    assert launched == []


def test_peers_that_never_come_are_an_error_of_resources(launched, monkeypatch) -> None:
    """Danger: a traceback through torch, for a machine that did not start."""

    def nobody(backend: str, timeout: object) -> None:
        raise module.dist.DistStoreError("Timed out after 1801 seconds waiting for clients. 1/2 clients joined.")

    monkeypatch.setattr(module.dist, "init_process_group", nobody)
    with pytest.raises(ResourceError, match=r"did not find each other at 127.0.0.1:29500: .*1/2 clients"):
        World.join()


def test_gradients_travel_in_few_messages_and_keep_their_shapes(monkeypatch) -> None:
    """Danger: one parameter's gradient in the place of another's, or a second copy of all of them at once."""
    sent: list[Tensor] = []

    def double(tensor: Tensor) -> None:
        sent.append(tensor.clone())
        tensor.mul_(2)

    monkeypatch.setattr(module.dist, "all_reduce", double)
    gradients = [torch.arange(6.0).reshape(2, 3), torch.tensor(7.0), torch.arange(4.0).reshape(2, 2).t()]
    wanted = [gradient.clone() * 2 for gradient in gradients]
    World(0, 2).sum_gradients(gradients)
    assert [tensor.numel() for tensor in sent] == [11]
    assert all(torch.equal(mine, peer) for mine, peer in zip(gradients, wanted, strict=True))
    World(0, 2).sum_gradients([])
    assert len(sent) == 1
    monkeypatch.setattr(module, "_BUCKET", 6)
    World(0, 2).sum_gradients(gradients)
    assert [tensor.numel() for tensor in sent] == [11, 6, 5]
    assert all(torch.equal(mine, peer * 2) for mine, peer in zip(gradients, wanted, strict=True))


def test_numbers_travel_in_fp64_on_the_cpu(monkeypatch) -> None:
    """Danger: counts of tokens that lose their last digits beyond 16 million."""
    monkeypatch.setattr(module.dist, "all_reduce", lambda tensor, op: tensor.add_(1))
    assert World(0, 2).sum_numbers(2.0**40, 0.5) == [2.0**40 + 1, 1.5]


def test_what_is_shared_is_the_leaders(monkeypatch) -> None:
    """Danger: each process goes on with what it measured itself, and they drift apart."""
    passed: list[Tensor] = []

    def broadcast(tensor: Tensor, source: int) -> None:
        assert source == 0
        if telling:
            passed.append(tensor.clone())
        else:
            tensor.copy_(passed.pop(0))

    monkeypatch.setattr(module.dist, "broadcast", broadcast)
    told = {"rate": 0.1 + 0.2, "name": "học", "best": None}
    telling = True
    assert World(0, 2).share(told) == told
    telling = False
    assert World(1, 2).share("not looked at") == json.loads(json.dumps(told)) == told


def test_a_variable_is_a_number_or_an_explanation(monkeypatch) -> None:
    """Danger: ValueError: invalid literal for int()."""
    monkeypatch.setenv("SOME_RANK", "3")
    assert variable("SOME_RANK", 0) == 3
    assert variable("SOME_OTHER_RANK", 7) == 7
    monkeypatch.setenv("SOME_RANK", "-1")
    with pytest.raises(UserError, match="SOME_RANK is '-1'"):
        variable("SOME_RANK", 0)
