"""Where the runs that are hit stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KILLS, STOPS = 30, 8



@pytest.fixture(scope="session")
def ordeal(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of trainings that were killed, stopped and crowded, in a process that forks one child an attempt."""
    script = Path(__file__).with_name("forked_runs.py")
    folder = tmp_path_factory.mktemp("ordeal")
    support = Path(__file__).parents[1] / "support"
    settings = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": str(support)}
    done = subprocess.run(
        [sys.executable, str(script), str(folder), "0", str(KILLS), str(STOPS)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"asked": KILLS}
