"""Fixtures for all tests: no network, small models, small files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-write", action="store_true", help="write tests/golden/*.json anew")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets, or a skip that says what is missing."""
    folder = Path(os.environ.get("TUNEWRIGHT_DATA") or ROOT.parent / "shared" / "data").resolve()
    if not folder.is_dir():
        pytest.skip(f"no public data sets at {folder}; set TUNEWRIGHT_DATA")
    return folder
