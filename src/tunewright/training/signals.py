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
def listen() -> Iterator[StopRequest]:
    """Turn SIGTERM and SIGINT into `Stopped`: at once, or where the training loop has its state on the disk.

    A second SIGINT interrupts the loop too, as people expect. Outside the main thread Python cannot listen; there
    nothing changes.

    Raises:
        Stopped: a signal arrived.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

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
        yield request
    except KeyboardInterrupt:
        if not request.signal_number:
            raise
        name = signal.Signals(request.signal_number).name
        raise Stopped(
            request.signal_number,
            f"Stopped by {name}; what was saved until now stands.\n  Go on with the same command and --resume",
        ) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
