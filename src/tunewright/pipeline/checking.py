"""`tunewright check`: the audit without training."""

from __future__ import annotations

from tunewright.pipeline.fit import refuse_unready
from tunewright.pipeline.forecast import forecast
from tunewright.pipeline.prepare import prepare
from tunewright.recipe import Recipe
from tunewright.records import Audit
from tunewright.training.observer import Observer, Silent

__all__ = ["check"]


def check(recipe: Recipe, observer: Observer | None = None) -> Audit:
    """Everything that can be known before training: rows at fault, balance, lengths, memory and time."""
    prepared = prepare(recipe, observer or Silent())
    refuse_unready(prepared)
    return prepared.audit.model_copy(update={"forecast": forecast(prepared)})
