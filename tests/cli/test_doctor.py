"""tunewright doctor"""

from __future__ import annotations

import importlib.util

import torch


def test_the_table_says_what_this_machine_can_do(typed, monkeypatch):
    """The first thing that is asked for in a bug report."""
    usual = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "datasets" else usual(name))
    done = typed("doctor")
    assert done.status == 0
    for word in ("GFLOP/s", "memory", "precision", "torch", torch.__version__.split("+")[0]):
        assert word in done.out
    assert "extra hub (data from hub://NAME): missing: pip install 'tunewright[hub]'" in done.out


def test_json(typed):
    """The same for programs."""
    found = typed("doctor", "--json").json
    assert {rate["dtype"] for rate in found["rates"]} >= {"fp32", "bf16"}
    assert found["packages"]["torch"]
