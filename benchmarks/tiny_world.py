"""Where the tests keep their tiny model and rows, for benchmarks that need nothing larger."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["environment"]

_ROOT = Path(__file__).parents[1]


def environment() -> dict[str, str]:
    """Variables for a process that imports them, one thread, no network."""
    places = [_ROOT, _ROOT / "src", _ROOT / "tests" / "support", _ROOT / "tests" / "reliability"]
    settings = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    return os.environ | settings | {"PYTHONPATH": os.pathsep.join(map(str, places))}
