"""Fixtures for the tests of the data room: files written on the spot, tables made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tunewright.data.dataset import Dataset, assemble
from tunewright.data.table import Table
from tunewright.recipe import Data
from tunewright.records import SourceFile


@pytest.fixture
def put(tmp_path) -> Callable[[str, str | bytes], Path]:
    """Writes a file below the test's folder and gives its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture
def made() -> Callable[..., Table]:
    """A table of given columns, as if read from `made.csv` with its names on line 1."""

    def make(role: str = "train", **columns: list) -> Table:
        rows = len(next(iter(columns.values())))
        file = SourceFile(
            path="made.csv",
            sha256="0" * 64,
            bytes=0,
            format="csv",
            encoding="utf-8",
            encoding_detected=True,
            delimiter=",",
            rows=rows,
            columns=tuple(columns),
            role=role,
        )
        return Table(columns, (file,), np.zeros(rows, dtype=np.int32), np.arange(2, rows + 2, dtype=np.int64))

    return make


@pytest.fixture
def assembled(tmp_path) -> Callable[..., Dataset]:
    """Runs `assemble` on files of the test's folder."""

    def run(
        train: str = "train.csv",
        *,
        text: str = "text",
        pair: str = "",
        target: str = "label",
        kind: str = "label",
        seed: int = 0,
        **fields,
    ) -> Dataset:
        inputs = {"text": text, **({"pair": pair} if pair else {})}
        given = {"validation": None, "test": None} | fields
        data = Data(train=train, inputs=inputs, target=target, **given)
        return assemble(
            data,
            input_columns=tuple(inputs.values()),
            inputs=inputs,
            task={"label": "classify", "labels": "multilabel", "number": "regress"}[kind],
            target_kind=kind,
            locate=lambda name: tmp_path / name,
            seed=seed,
        )

    return run


@pytest.fixture
def codes() -> Callable[[Dataset], dict[str, tuple[str, int]]]:
    """Code of each finding to its severity and count."""

    def collect(dataset: Dataset) -> dict[str, tuple[str, int]]:
        found = {finding.code: (finding.severity, finding.count) for finding in dataset.audit.findings}
        assert len(found) == len(dataset.audit.findings), "one finding a code"
        return found

    return collect
