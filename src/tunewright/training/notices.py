"""What the processes of a job tell each other without a collective: nobody's patience runs out while another works."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from torch.distributed import PrefixStore, Store, TCPStore  # type: ignore[attr-defined]

from tunewright.errors import FailedElsewhere

__all__ = ["Failure", "Notices"]

_PAUSE = 0.2
_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """The process that went wrong first, and the exit status that its error asks for."""

    rank: int
    exit_code: int


class Notices:
    """A board of short notes, kept by the store that the launcher's variables lead to.

    A collective ends with an error when a peer comes half an hour late, and reading and encoding data may take hours. A
    look at the board costs a message of a few bytes, may be repeated for days, and sees at once that a peer has failed.
    """

    def __init__(self, store: Store, rank: int, size: int) -> None:
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")  # what an earlier attempt left there is no news
        self._store, self._rank, self._size = PrefixStore(f"tunewright-{attempt}", store), rank, size

    @classmethod
    def at_launcher(cls, rank: int, size: int) -> Notices:
        """The board at MASTER_ADDR and MASTER_PORT, where torch's processes find each other too."""
        address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
        store = TCPStore(address, port, is_master=False, wait_for_workers=False, timeout=timedelta(minutes=30))
        return cls(store, rank, size)

    def announce(self, name: str, value: Any = None) -> None:
        """Put up a note for all to read; `value` is anything that JSON holds."""
        self._store.set(name, json.dumps(value))

    def wait_for(self, name: str) -> Any:
        """The value of a note, as soon as it is there.

        Raises:
            FailedElsewhere: another process failed meanwhile.
        """
        while not self._store.check([name]):
            self._refuse_failed()
            time.sleep(_PAUSE)
        return json.loads(self._store.get(name))

    def meet(self, name: str) -> None:
        """Go on when every process has come here.

        Raises:
            FailedElsewhere: another process failed meanwhile.
        """
        if self._store.add(name, 1) == self._size:
            self.announce(f"{name}: all")
        self.wait_for(f"{name}: all")

    def claim_failure(self, exit_code: int) -> bool:
        """Whether this process is the first to fail, so that it is the one to say what is wrong."""
        mine = json.dumps([self._rank, exit_code])
        return self._store.compare_set(_FAILED, "", mine).decode() == mine

    def failure(self, within: float = 0.0) -> Failure | None:
        """Who failed first; None if nobody did so before `within` seconds are over."""
        until = time.monotonic() + within
        while not self._store.check([_FAILED]):
            if time.monotonic() >= until:
                return None
            time.sleep(_PAUSE)
        return Failure(*json.loads(self._store.get(_FAILED)))

    def _refuse_failed(self) -> None:
        failed = self.failure()
        if failed is not None:
            raise FailedElsewhere(failed.rank, failed.exit_code)
