"""Processes that train together; two real ones are in tests/laws/test_gradient_invariance.py."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tunewright.training import world as module
from tunewright.training.world import World


def test_alone_without_a_launcher(monkeypatch) -> None:
    """Danger: waiting for a process group that nobody will join."""
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert World.join() == World(0, 1)
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert World.join() == World(0, 1)


def test_alone_nothing_is_sent(monkeypatch) -> None:
    """Danger: a copy of all gradients, for nobody."""
    monkeypatch.setattr(module.dist, "all_reduce", lambda tensor: pytest.fail("sent"))
    gradient = torch.ones(3)
    World().sum_gradients([gradient])
    assert gradient.tolist() == [1.0, 1.0, 1.0]
    assert World().sum_numbers(1.5, 2) == [1.5, 2.0]
    assert World().leads


def test_a_launcher_is_joined_once(monkeypatch) -> None:
    """Danger: a second process group in a process that has one, which never returns."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    begun: list[str] = []
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(module.dist, "init_process_group", begun.append)
    monkeypatch.setattr(module.dist, "is_initialized", lambda: bool(begun))
    monkeypatch.setattr(module.dist, "get_rank", lambda: 1)
    monkeypatch.setattr(module.dist, "get_world_size", lambda: 2)
    assert World.join() == World.join() == World(1, 2)
    assert begun == ["gloo"]
    assert not World(1, 2).leads


def test_gradients_travel_in_one_message_and_keep_their_shapes(monkeypatch) -> None:
    """Danger: one parameter's gradient in the place of another's."""
    sent: list[Tensor] = []

    def double(tensor: Tensor) -> None:
        sent.append(tensor.clone())
        tensor.mul_(2)

    monkeypatch.setattr(module.dist, "all_reduce", double)
    gradients = [torch.arange(6.0).reshape(2, 3), torch.tensor(7.0), torch.arange(4.0).reshape(2, 2).t()]
    wanted = [gradient.clone() * 2 for gradient in gradients]
    World(0, 2).sum_gradients(gradients)
    assert len(sent) == 1
    assert sent[0].numel() == 11
    assert all(torch.equal(mine, peer) for mine, peer in zip(gradients, wanted, strict=True))
    World(0, 2).sum_gradients([])
    assert len(sent) == 1


def test_numbers_travel_in_fp64(monkeypatch) -> None:
    """Danger: counts of tokens that lose their last digits beyond 16 million."""
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(module.dist, "all_reduce", lambda tensor: tensor.add_(1))
    assert World(0, 2).sum_numbers(2.0**40, 0.5) == [2.0**40 + 1, 1.5]
