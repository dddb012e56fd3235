"""`tunewright --help` answers at once, because it loads nothing that it does not need."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

HEAVY = {"torch", "transformers", "pydantic", "numpy", "sklearn", "pyarrow", "peft"}


def imported_by(*arguments: str) -> tuple[set[str], subprocess.CompletedProcess[str]]:
    """Top-level packages that a fresh interpreter imports on the way, and what it printed."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120)
    return set(re.findall(r"^import time:.*\|\s+(\w+)(?:\.[\w.]+)?$", done.stderr, flags=re.MULTILINE)), done


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("train", "--help")])
def test_help_is_light(arguments):
    """Whoever asks for help must not wait the seconds that torch takes; time itself would depend on the machine."""
    modules, done = imported_by("-m", "tunewright", *arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "tunewright" in modules
    assert modules & HEAVY == set()
    assert done.stdout.strip()


def test_importing_the_package_is_light():
    """`import tunewright` in a notebook or a tool that only reads records must not load torch."""
    modules, done = imported_by("-c", "import tunewright")
    assert done.returncode == 0, done.stderr[-2000:]
    assert modules & (HEAVY - {"pydantic"}) == set()


def test_the_measure_sees_heavy_imports():
    """If the way of looking were broken, the tests above would pass on anything."""
    modules, _ = imported_by("-c", "import numpy.linalg")
    assert "numpy" in modules
