"""SIGTERM and SIGINT ask for a stop; the loop answers between two steps."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["StopRequest", "listen"]


class StopRequest:
    """Which signal arrived, if one did."""

    def __init__(self) -> None:
        self.signal_number = 0


@contextlib.contextmanager
def listen() -> Iterator[StopRequest]:
    """Note SIGTERM and SIGINT instead of dying of them. A second SIGINT interrupts at once, as people expect.

    Outside the main thread Python cannot listen; there nothing changes.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def note(number: int, frame: FrameType | None) -> None:
        if request.signal_number and number == signal.SIGINT:
            raise KeyboardInterrupt
        request.signal_number = number

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
