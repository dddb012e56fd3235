"""Time a token at several sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_runs import verified_in_process

from benchmarks import growth


def test_a_size_is_trained_and_told_by_the_token(tmp_path: Path) -> None:
    """Danger: steps or tokens of the training are missed, and a rate is made of what is left."""
    with verified_in_process():
        found = growth.measured(tmp_path, 150)
    assert (found["rows"], found["steps"]) == (150, 4)  # a fifth of the rows is for testing
    assert 120 * 15 < found["tokens"] < 120 * 60  # 12 to 28 words, the row's number, three signs, padding
    assert found["loop_us_per_token"] > 0 and found["before_us_per_token"] > 0
    assert found["peak_bytes"] > 100e6  # torch alone takes more


def test_the_spread_is_between_the_slowest_size_and_the_quickest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Danger: a time that grows with the rows is told as none, because first and last happen to be alike."""
    rates = {10: 2.0, 20: 3.0, 30: 2.0}
    monkeypatch.setattr(
        growth,
        "_measured_apart",
        lambda rows: {
            "rows": rows, "steps": 1, "before_us_per_token": 1.0, "loop_us_per_token": rates[rows], "peak_bytes": 1
        },
    )  # fmt: skip
    growth.main(list(rates), tmp_path)
    (line,) = (tmp_path / "growth.jsonl").read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert told["spread"] == pytest.approx(0.5) and [one["rows"] for one in told["sizes"]] == list(rates)
    assert "differs by 50.0%" in capsys.readouterr().out
