"""What processes tell each other without a collective."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from torch.distributed import TCPStore

from tunewright.errors import FailedElsewhere
from tunewright.training.notices import Failure, Notices


@pytest.fixture
def board() -> TCPStore:
    return TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(seconds=30))


@pytest.fixture
def pair(board: TCPStore, monkeypatch: pytest.MonkeyPatch) -> list[Notices]:
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", str(board.port))
    return [Notices.at_launcher(rank, 2) for rank in range(2)]


def test_a_note_is_read_by_those_who_come_later_and_by_those_who_wait(pair: list[Notices]) -> None:
    """Danger: a learning rate that loses its last digits on the way, or a wait that never ends."""
    writer = threading.Thread(target=lambda: (time.sleep(0.3), pair[0].announce("rate", 0.1 + 0.2)))
    writer.start()
    assert pair[1].wait_for("rate") == 0.1 + 0.2
    assert pair[1].wait_for("rate") == 0.1 + 0.2
    writer.join()


def test_nobody_goes_on_before_all_have_come(pair: list[Notices]) -> None:
    """Danger: a collective that waits for a process that still reads, until its patience runs out."""
    passed: list[int] = []
    first = threading.Thread(target=lambda: (pair[0].meet("ready"), passed.append(0)))
    first.start()
    time.sleep(0.5)
    assert passed == []
    pair[1].meet("ready")
    first.join(10)
    assert passed == [0]


def test_the_first_to_fail_speaks_and_the_others_learn_of_it(pair: list[Notices]) -> None:
    """Danger: the same message once for every process, or processes that wait for one that is gone."""
    assert pair[0].failure() is None
    assert pair[1].claim_failure(75)
    assert not pair[0].claim_failure(1)
    assert pair[1].claim_failure(75)
    assert pair[0].failure() == Failure(1, 75)
    for wait in (pair[0].wait_for, pair[0].meet):
        with pytest.raises(FailedElsewhere) as caught:
            wait("what never comes")
        assert (caught.value.rank, caught.value.exit_code) == (1, 75)


def test_a_second_attempt_does_not_read_the_notes_of_the_first(
    board: TCPStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: torchrun starts all processes again, and each ends at once because the first attempt had failed."""
    assert Notices(board, 0, 2).claim_failure(1)
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert Notices(board, 0, 2).failure() is None
