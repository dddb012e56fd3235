"""The floors that pyproject.toml states are kept."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path


def test_the_contracts_hold(root):
    """One import upward is how a pipeline of parts becomes one lump; this is the same check as `make check`."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_every_room_is_bound_by_its_floor(root):
    """A contract that is not exhaustive lets a new room import what it likes."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    floors = next(contract for contract in settings["contracts"] if contract["id"] == "floors")
    assert floors["exhaustive"] is True
    assert "ignore_imports" not in floors
    assert "exclude_type_checking_imports" not in settings, "an import for types alone ties two rooms just the same"


def test_the_rooms_with_a_promise_of_their_own_have_a_contract(root, package):
    """Serving that imports training would ship an optimizer to production; the floors alone do not forbid it."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    forbidden = {
        (source, target)
        for contract in settings["contracts"]
        if contract["type"] == "forbidden"
        for source in contract["source_modules"]
        for target in contract["forbidden_modules"]
    }
    assert ("tunewright.report", "tunewright.training") in forbidden
    assert ("tunewright.records", "torch") in forbidden
    if (package / "serve").is_dir():
        assert ("tunewright.serve", "tunewright.training") in forbidden
