"""The command line in this process, and finished runs that its tests share."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import SharedRuns, place_run

from tunewright.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left behind: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SharedRuns:
    return SharedRuns(tmp_path_factory.getbasetemp())


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Types a command: its words, and bytes for standard input."""

    def run(*words: str | Path, stdin: bytes | None = None) -> Done:
        capsys.readouterr()
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        try:
            status = main([str(word) for word in words])
        except SystemExit as ended:  # argparse ends the process itself
            status = int(ended.code or 0)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return Done(status, shown.out, shown.err)

    return run


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe on 64 rows in the current folder, which is the test's own; its run goes to `run`."""
    monkeypatch.chdir(tmp_path)
    return place_run(tmp_path)
