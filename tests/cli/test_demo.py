"""tunewright demo"""

from __future__ import annotations

from pathlib import Path

import pytest

from tunewright import samples
from tunewright.cli import demo


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What the demo would train; the real one takes minutes and is run by `make demo`."""
    monkeypatch.chdir(tmp_path)
    calls = []
    monkeypatch.setattr(demo, "train_and_show", lambda recipe, **how: calls.append((recipe, how)) or 0)
    return calls


def test_its_recipe_is_written_where_it_can_be_read(typed, asked):
    """A demo whose recipe nobody can look at teaches nothing."""
    done = typed("demo")
    assert done.status == 0
    assert Path("runs/demo.yaml").read_text(encoding="utf-8") == samples.demo_recipe()
    assert str(Path("runs/demo.yaml")) in done.err
    recipe, how = asked[0]
    assert (recipe.model, recipe.data.train, recipe.output) == ("sample://minilm", "sample://tickets", "runs/demo")
    assert how == {"resume": False, "overwrite": True, "as_json": False}


def test_fields_can_be_replaced(typed, asked):
    """Somebody in a hurry, or without the sample model."""
    typed("demo", "training.epochs=1", "--json")
    recipe, how = asked[0]
    assert recipe.training.epochs == 1
    assert how["as_json"]
