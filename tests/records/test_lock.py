"""One process at a time in a run's folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tunewright.errors import ResourceError
from tunewright.records import run_lock

HOLD = """
import sys, time
from pathlib import Path
from tunewright.records import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run" / ".lock")], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_second_process_is_turned_away(tmp_path, holder):
    """Two runs in one folder would overwrite each other's checkpoints."""
    with pytest.raises(ResourceError) as caught, run_lock(tmp_path / "run" / ".lock"):
        pytest.fail("both have it")
    assert f"in use by process {holder.pid}" in str(caught.value)
    assert "output=runs/another" in str(caught.value)
    assert caught.value.exit_code == 75


def test_a_killed_process_lets_go(tmp_path, holder):
    """A lock file that outlives its process must be removed by hand after every crash."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with run_lock(tmp_path / "run" / ".lock"):
        assert (tmp_path / "run" / ".lock").read_text() == f"{os.getpid()}\n"


def test_it_is_let_go_at_the_end_and_on_an_error(tmp_path):
    """The next run in the same process, a search, needs it again."""
    path = tmp_path / ".lock"
    with run_lock(path):
        pass
    with pytest.raises(RuntimeError, match="boom"), run_lock(path):
        raise RuntimeError("boom")
    with run_lock(path):
        pass


def test_it_holds_within_a_process_too(tmp_path):
    """Two threads of one program are two runs."""
    path = tmp_path / ".lock"
    with run_lock(path), pytest.raises(ResourceError, match=f"process {os.getpid()}"), run_lock(path):
        pytest.fail("both have it")


def test_the_number_is_never_half_old(tmp_path):
    """A longer number of a former process must not shine through."""
    path = tmp_path / ".lock"
    path.write_text("9999999999\n")
    with run_lock(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_program_started_meanwhile_does_not_keep_it(tmp_path):
    """A tracker's background process would hold the run's folder for days."""
    path = tmp_path / ".lock"
    with run_lock(path):
        child = subprocess.Popen(["sleep", "30"])
    try:
        time.sleep(0.05)
        with run_lock(path):
            pass
    finally:
        child.kill()
        child.wait()
