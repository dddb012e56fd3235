"""Lines of results."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.results_line import append_line


def test_a_line_is_added_and_names_its_machine(tmp_path: Path) -> None:
    """Danger: a new measurement replaces the old ones, or nobody knows where it was made."""
    append_line("speed", {"ratio": 1.0}, {"cpu": "x"}, tmp_path)
    path = append_line("speed", {"ratio": 2.0}, {"cpu": "x"}, tmp_path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["ratio"] for line in lines] == [1.0, 2.0]
    assert all(line["machine"] == {"cpu": "x"} and line["time"] for line in lines)
