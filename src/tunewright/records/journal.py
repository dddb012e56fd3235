"""journal.jsonl: what happened, one JSON object a line, in order. Holds figures, never a user's text."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.errors import ResourceError
from tunewright.records.files import disk_full, write_text

__all__ = ["Journal", "read_journal"]


class Journal:
    """Appends events; each line reaches the operating system before the next step starts.

    Events: `start`, `step` (step, epoch, loss, learning_rate, grad_norm, rows, tally, tokens, seconds), `validation`
    (step, metrics, best), `checkpoint` (step), `note` (text), `resume` (step, processes), `end`. The `tally` of a step
    stands for the set of rows that all processes computed in it (`tunewright.data.tally`): same rows, same number.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        torn = path.is_file() and path.read_bytes()[-1:] not in (b"", b"\n")
        self._stream = path.open("a", encoding="utf-8")
        if torn:  # by a kill: the next event must not be glued to it
            self._stream.write("\n")

    def write(self, event: str, **fields: Any) -> None:
        """Append one event.

        Raises:
            ResourceError: the disk is full.
        """
        line = json.dumps({"event": event} | fields, ensure_ascii=False, allow_nan=True)
        with self._named():
            self._stream.write(line + "\n")
            self._stream.flush()

    def rewind(self, step: int) -> None:
        """Forget steps, validations and checkpoints after `step`: a resumed run does them again."""
        self._stream.close()
        kept = [
            e
            for e in read_journal(self.path)
            if e["event"] in ("start", "resume", "note") or (e["event"] != "end" and e.get("step", 0) <= step)
        ]
        write_text(self.path, "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in kept))
        self._stream = self.path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Flush to the disk and close; nothing is left to do after a `rewind` that failed.

        Raises:
            ResourceError: the disk is full.
        """
        if not self._stream.closed:
            with self._named():
                self._stream.flush()
                os.fsync(self._stream.fileno())
                self._stream.close()

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """A full disk says which file it was about."""
        try:
            yield
        except OSError as error:
            if disk_full(error):
                raise ResourceError(f"The disk is full: {self.path} could not be written. Free some space.") from error
            raise


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a journal; a last line torn by a kill is left out."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(event, dict) and "event" in event:
                yield event
