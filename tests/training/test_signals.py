"""Signals ask; the loop answers between two steps, everything else at once."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tunewright.errors import Stopped
from tunewright.training.signals import StopRequest, listen

BOTH = pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@BOTH
def test_the_loop_is_not_interrupted(number: signal.Signals, code: int) -> None:
    """Danger: dying in the middle of a step, with the last hour unsaved."""
    reached = []
    with pytest.raises(Stopped) as caught, listen() as request, request.answered_inside():
        send(number)
        reached.append(request.signal_number)
        raise Stopped(request.signal_number, "saved")
    assert reached == [number]
    assert caught.value.exit_code == code


@BOTH
def test_outside_the_loop_the_answer_comes_at_once(number: signal.Signals, code: int) -> None:
    """Danger: a minute of reading and tokenising that cannot be stopped, or a traceback for Ctrl-C."""
    reached = []
    with pytest.raises(Stopped, match=f"Stopped by {number.name}") as caught, listen():
        send(number)
        reached.append("behind the signal")
    assert reached == []
    assert caught.value.exit_code == code
    assert "--resume" in str(caught.value)


@BOTH
def test_a_signal_that_comes_too_late_for_the_loop_is_not_lost(number: signal.Signals, code: int) -> None:
    """Danger: asked to stop during the last step, the run goes on to measure and report for minutes."""
    reached = []
    with pytest.raises(Stopped) as caught, listen() as request:
        with request.answered_inside():
            send(number)
        reached.append("behind the loop")
    assert reached == []
    assert caught.value.exit_code == code


def test_a_second_interrupt_is_obeyed_at_once() -> None:
    """Danger: a person who presses Ctrl-C twice, and a program that knows better."""
    reached = []
    with pytest.raises(Stopped) as caught, listen() as request, request.answered_inside():
        send(signal.SIGINT)
        reached.append("first")
        send(signal.SIGINT)
        reached.append("second")
    assert reached == ["first"]
    assert caught.value.exit_code == 130


def test_a_second_term_is_not() -> None:
    """Danger: a cluster that sends its signal twice, and so loses the checkpoint it wanted."""
    reached = []
    with pytest.raises(Stopped), listen() as request, request.answered_inside():
        send(signal.SIGTERM)
        send(signal.SIGTERM)
        reached.append("still there")
    assert reached == ["still there"]


def test_an_interrupt_from_elsewhere_stays_one() -> None:
    """Danger: an exit status that blames a signal which never came."""
    with pytest.raises(KeyboardInterrupt), listen():
        raise KeyboardInterrupt


@pytest.mark.parametrize("fails", [False, True])
def test_handlers_are_put_back(fails: bool) -> None:
    """Danger: a program that can no longer be stopped after its first training, or after one that failed."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        with listen():
            assert signal.getsignal(signal.SIGTERM) is not before[0]
            if fails:
                raise KeyError
    except KeyError:
        pass
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_outside_the_main_thread_nothing_changes() -> None:
    """Danger: a training in a notebook's or a server's thread that cannot start at all."""
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with listen() as request:
            seen.append((isinstance(request, StopRequest), signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(True, before)]
