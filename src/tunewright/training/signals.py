"""SIGTERM and SIGINT ask for a stop; the loop answers between two steps, everything else at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from tunewright.errors import Stopped

__all__ = ["StopRequest", "listen"]


class StopRequest:
    """Which signal arrived, if one did."""

    def __init__(self) -> None:
        self.signal_number = 0
        self.awaited = False

    @contextlib.contextmanager
    def answered_inside(self) -> Iterator[None]:
        """The code inside looks at `signal_number` now and then, and is not interrupted by a first signal."""
        self.awaited = True
        try:
            yield
        finally:
            self.awaited = False
        if self.signal_number:  # it arrived too late for the loop
            raise KeyboardInterrupt


@contextlib.contextmanager
def listen(request: StopRequest | None = None) -> Iterator[StopRequest]:
    """Turn SIGTERM and SIGINT into `Stopped`: at once, or where the training loop has its state on the disk.

    A second SIGINT interrupts the loop too, as people expect. Outside the main thread Python cannot listen; there
    only what somebody else writes into the request is heard.

    Args:
        request: one that somebody else may write into, too.

    Raises:
        Stopped: a signal arrived.
    """
    request = request or StopRequest()
    with _told(request):
        if threading.current_thread() is threading.main_thread():
            with _heard(request):
                yield request
        else:
            yield request


@contextlib.contextmanager
def _heard(request: StopRequest) -> Iterator[None]:
    """Signals of this process are written into the request, or interrupt at once what does not look at it."""

    def note(number: int, frame: FrameType | None) -> None:
        again = request.signal_number != 0
        request.signal_number = number
        # the way out must not be cut short by a scheduler that repeats itself
        if number == signal.SIGINT or not again:
            if request.awaited and not again:
                return
            raise KeyboardInterrupt  # not an Exception: nothing on the way swallows it

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _told(request: StopRequest) -> Iterator[None]:
    """An interrupt that was asked for becomes `Stopped`."""
    try:
        yield
    except KeyboardInterrupt:
        if not request.signal_number:
            raise
        name = signal.Signals(request.signal_number).name
        raise Stopped(
            request.signal_number,
            f"Stopped by {name}; what was saved until now stands.\n  Go on with the same command and --resume",
        ) from None
