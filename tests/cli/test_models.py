"""tunewright models"""

from __future__ import annotations

from tunewright.recipe.starting_models import STARTING_MODELS


def test_every_model_with_its_licence(typed):
    """A licence that is not shown is one that is not kept."""
    done = typed("models")
    assert done.status == 0
    for model in STARTING_MODELS:
        line = next(line for line in done.out.splitlines() if line.startswith(f"{model.id} "))
        assert f"{model.millions:,}M" in line and model.licence in line
    assert "forbids commercial use" in done.out


def test_by_task_and_language(typed):
    """The rest is left out."""
    out = typed("models", "--task", "translate", "--language", "zh-en").out
    assert "opus-mt-zh-en" in out and "m2m100" in out
    assert "opus-mt-en-zh" not in out and "ModernBERT" not in out
    assert "phobert" not in typed("models", "--language", "zh").out


def test_json(typed):
    """With what a program must know to keep away from a licence."""
    found = typed("models", "--task", "translate", "--json").json["models"]
    assert {model["id"]: model["commercial"] for model in found}["facebook/nllb-200-distilled-600M"] is False
    assert all(model["licence"] for model in found)


def test_an_unknown_task(typed):
    """With the near miss."""
    done = typed("models", "--task", "clasify")
    assert (done.status, done.out) == (2, "")
    assert "Did you mean 'classify'?" in done.err
    assert "tunewright parts task" in typed("models", "--task", "xyzzy").err


def test_a_language_that_no_model_has_alone(typed):
    """Models of many languages are still an answer."""
    done = typed("models", "--task", "classify", "--language", "sw")
    assert done.status == 0 and "FacebookAI/xlm-roberta-base" in done.out and "FacebookAI/roberta-base" not in done.out
