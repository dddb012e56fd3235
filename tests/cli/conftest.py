"""Finished runs that the tests of this room share."""

from __future__ import annotations

import pytest
from tiny_runs import SharedRuns


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SharedRuns:
    return SharedRuns(tmp_path_factory.getbasetemp())
