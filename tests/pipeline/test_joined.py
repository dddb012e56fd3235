"""Of an error in a job of many processes, one speaks. Real processes are in test_launch.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import torch.distributed as dist
from torch.distributed import TCPStore

from tunewright.errors import FailedElsewhere, ResourceError, RunError, Stopped
from tunewright.pipeline import joined as module
from tunewright.pipeline.joined import joined
from tunewright.training.notices import Failure, Notices
from tunewright.training.world import World

GONE = RuntimeError("[gloo/transport/tcp/pair.cc:553] Connection closed by peer [127.0.0.1]:30086")


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Notices]]:
    """The notes of two processes, of which this one is the second."""
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(seconds=30))
    both = [Notices(store, rank, 2) for rank in range(2)]
    monkeypatch.setattr(module.World, "join", lambda: World(1, 2, both[1]))
    monkeypatch.setattr(module, "_SECONDS", 0.5)
    yield both


def test_alone_errors_pass_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a bug's traceback, or torch's own error, lost behind a guess about other processes."""
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(RuntimeError) as caught, joined() as world:
        assert world == World()
        raise GONE
    assert caught.value is GONE


@pytest.mark.parametrize("error", [ResourceError("no memory"), KeyError("a bug"), Stopped(15, "saved")])
def test_the_first_error_is_shown_as_it_is(boards: list[Notices], error: Exception) -> None:
    """Danger: nobody says what happened."""
    with pytest.raises(type(error)) as caught, joined():
        raise error
    assert caught.value is error
    assert boards[0].failure() == Failure(1, getattr(error, "exit_code", 1))


@pytest.mark.parametrize("error", [ResourceError("no memory"), KeyError("a bug"), GONE])
def test_the_second_is_silent_and_ends_as_the_first(boards: list[Notices], error: Exception) -> None:
    """Danger: a user's mistake told as many times as there are processes, the real cause among consequences."""
    boards[0].claim_failure(143)
    with pytest.raises(FailedElsewhere) as caught, joined():
        raise error
    assert caught.value.exit_code == 143


def test_a_process_inside_a_process_of_its_own_speaks_once(boards: list[Notices]) -> None:
    """Danger: the command joins, and the training that it starts joins again: the second takes the first for a peer."""
    with pytest.raises(ResourceError, match="no memory"), joined(), joined():
        raise ResourceError("no memory")


def test_a_peer_gone_without_a_word_is_explained(boards: list[Notices]) -> None:
    """Danger: a traceback through gloo, for a process that the kernel has killed."""
    with (
        pytest.raises(RunError, match=r"Process 1 of 2 lost the others: .*Connection closed by peer") as caught,
        joined(),
    ):
        raise GONE
    assert "--resume" in str(caught.value)


def test_a_board_that_is_gone_means_that_the_first_has_spoken(boards: list[Notices], monkeypatch) -> None:
    """Danger: under srun the first process keeps the board; when it ends, the others add messages about sockets."""

    def gone(*given: object, **named: object) -> None:
        raise dist.DistNetworkError("failed to recv, got 0 bytes")

    monkeypatch.setattr(Notices, "failure", gone)
    with pytest.raises(FailedElsewhere), joined():
        raise GONE
    monkeypatch.setattr(module.World, "join", lambda: World(0, 2, boards[0]))
    with pytest.raises(ResourceError, match="disk"), joined():
        raise ResourceError("disk")
