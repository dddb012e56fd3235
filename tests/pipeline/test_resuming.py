"""Going on from a checkpoint; whole runs that do are in tests/pipeline/test_launch.py and tests/reliability."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunewright.errors import CheckpointError
from tunewright.pipeline.resuming import _changed_cut, refuse_damaged_best
from tunewright.records import RunFolder
from tunewright.records.checkpoint import commit_folder
from tunewright.training.state import Progress


def test_what_is_cut_in_another_way_is_told() -> None:
    """Danger: weights that differ in their last bits from those of a run left in peace, and nobody knows why."""
    begun = Progress(processes=2, asked_budget=1024)
    assert _changed_cut(begun, begun) == []
    (note,) = _changed_cut(begun, begun.having(processes=4))
    assert note.startswith("Processes: 4 now, 2 before; every step trains on the same samples as before")
    (note,) = _changed_cut(begun, begun.having(asked_budget=64))
    assert note.startswith("Token budget: 64 now, 1024 before;")
    # a checkpoint written before budgets were noted says nothing of them
    assert _changed_cut(begun.having(asked_budget=0), begun) == []
    # a budget that a shortage has lowered is none that somebody asked for
    assert _changed_cut(begun.having(token_budget=128), begun) == []


def test_a_flipped_bit_does_not_become_the_model(tmp_path: Path) -> None:
    """Danger: damaged best weights handed over as the result of the run."""
    folder = RunFolder(tmp_path)
    commit_folder(folder.checkpoint(7), lambda place: (place / "weights.safetensors").write_bytes(b"weights") and None)
    refuse_damaged_best(folder, 7)
    (folder.checkpoint(7) / "weights.safetensors").write_bytes(b"weightz")
    with pytest.raises(CheckpointError, match="has changed since it was written") as caught:
        refuse_damaged_best(folder, 7)
    assert "--resume" in str(caught.value)
