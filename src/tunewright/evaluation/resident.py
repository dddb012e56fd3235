"""How far this process's memory grows while something runs."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from tunewright.models.device import release_memory, resident_bytes

__all__ = ["ResidentPeak"]

_POLL_SECONDS = 0.001
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class ResidentPeak:
    """Watches the resident set between entering and leaving.

    Linux keeps the highest value itself, and forgets it on request, so no short peak is missed; elsewhere a thread
    looks every millisecond. Memory that was freed before and is still held goes back to the system first: the growth
    would be hidden in it.

    ```python
    with ResidentPeak() as peak:
        work()
    print(peak.growth)
    ```
    """

    growth: int = 0
    """Bytes, 0 or more; known after leaving."""

    def __enter__(self) -> ResidentPeak:
        release_memory()
        self._start = self._highest = resident_bytes()
        self._kept_by_system = _forget_highest()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        if not self._kept_by_system:
            self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._kept_by_system:
            self._highest = max(self._highest, _highest())
        else:
            self._watcher.join()
        self.growth = max(0, self._highest - self._start)

    def _watch(self) -> None:
        while not self._done.wait(_POLL_SECONDS):
            self._highest = max(self._highest, resident_bytes())


def _forget_highest() -> bool:
    """Ask Linux to start the high-water mark anew; False where that is not possible."""
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return False
    return _highest() > 0


def _highest() -> int:
    """The high-water mark of the resident set, in bytes; 0 where the system keeps none."""
    try:
        lines = _STATUS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    marks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(marks[0]) * 1024 if marks else 0
