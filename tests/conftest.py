"""Fixtures for all tests: no network, small models, small files."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from sharing import ByFile, longest_first

if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as cores: with more threads each they would stand in line
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

ROOT = Path(__file__).resolve().parents[1]
_ROOMS = ("recipe", "records", "cells", "inputs", "data", "models", "losses", "metrics", "samples")
COVERED = ("tests/test_errors.py", *(f"tests/{room}/" for room in _ROOMS))
"""Whose lines are counted: a room's lines have to be met by the room's own tests, and counting costs others half their
time again."""
_NUMBER = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-write", action="store_true", help="write tests/golden/*.json anew")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if not item.nodeid.startswith(COVERED):
            item.add_marker("no_cover")
    if config.getoption("dist", "no") != "no" or "PYTEST_XDIST_WORKER" in os.environ:
        items[:] = [items[index] for index in longest_first(item.nodeid for item in items)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return os.cpu_count() or 1  # xdist would count the cores of which two share one as one


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets, or a skip that says what is missing."""
    folder = Path(os.environ.get("TUNEWRIGHT_DATA") or ROOT.parent / "shared" / "data").resolve()
    if not folder.is_dir():
        pytest.skip(f"no public data sets at {folder}; set TUNEWRIGHT_DATA")
    return folder


@pytest.fixture
def many_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed rows in a group for each length: the short rows of tests would all be one group."""
    monkeypatch.setattr("tunewright.data.plan._GROUP_COST", 1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own: none finds what another has prepared, and none writes into the user's."""
    folder = tmp_path_factory.getbasetemp() / f"cache-{next(_NUMBER)}"
    monkeypatch.setenv("TUNEWRIGHT_CACHE", str(folder))
    monkeypatch.delenv("TUNEWRIGHT_CACHE_GIB", raising=False)
    return folder
