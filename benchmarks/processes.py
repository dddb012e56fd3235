"""Starts measurements in processes of their own, and keeps what they found, so that a stopped suite goes on."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.results_line import ROOT

__all__ = [
    "MeasurementFailed",
    "code_fingerprint",
    "end_with_children",
    "environment",
    "say",
    "tail",
    "trained",
]


class MeasurementFailed(Exception):
    """A process ended without figures; the message holds the end of what it said."""


def say(text: str) -> None:
    """A line of progress, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def end_with_children() -> None:
    """Let a termination unwind as Ctrl-C does, so that no measurement goes on alone and disturbs the next."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def environment() -> dict[str, str]:
    """What every side runs in: the waiting of threads as the command line sets it, nothing from the network."""
    given = {"GOMP_SPINCOUNT": "2000", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"} | dict(os.environ)
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return given | {"PYTHONPATH": os.pathsep.join(paths)}


def code_fingerprint() -> str:
    """Changes with any file that may change a figure: what other code measured is never taken for this one's."""
    digest = hashlib.sha256()
    for folder in ("src/tunewright", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    digest.update((ROOT / "constraints.txt").read_bytes())
    return digest.hexdigest()[:10]


def trained(job: dict[str, Any], out: Path, timeout: float | None = None) -> dict[str, Any]:
    """Figures of one job: those kept in `out`, or those of a new process.

    Raises:
        MeasurementFailed: it failed, or took longer than `timeout` seconds.
    """
    if out.is_file():
        kept: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return kept
    out.parent.mkdir(parents=True, exist_ok=True)
    page, log = out.with_suffix(".job.json"), out.with_suffix(".log")
    page.write_text(json.dumps(job, indent=1), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.one_run", str(page), str(out)]
    with log.open("w", encoding="utf-8") as stream:
        # a session of its own: what a stopped measurement has started ends with it
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise MeasurementFailed(f"stopped after {timeout:.0f} s; see {log}") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if process.returncode or not out.is_file():
        raise MeasurementFailed(f"exit {process.returncode}: {tail(log)}; see {log}")
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def tail(log: Path) -> str:
    """The last line that a process said."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
