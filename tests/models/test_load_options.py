"""What a training begins with."""

from __future__ import annotations

import pytest
from transformers import BertConfig

from tunewright.models.load_options import LoadOptions


def test_rates_that_are_not_given_are_left_alone() -> None:
    """Danger: a model that was trained with a dropout of its own is tuned without a word at another."""
    config = BertConfig(hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.2)
    LoadOptions(0, 0).set_dropout(config)
    assert (config.hidden_dropout_prob, config.attention_probs_dropout_prob) == (0.3, 0.2)
    LoadOptions(0, 0, attention_dropout=0.0).set_dropout(config)
    assert (config.hidden_dropout_prob, config.attention_probs_dropout_prob) == (0.3, 0.0)
    LoadOptions(0, 0, dropout=0.0).set_dropout(config)
    assert config.hidden_dropout_prob == 0.0


@pytest.mark.parametrize("given", [{}, {"pad_token_id": 1}, {"seed": 1}])
def test_what_the_recipe_decides_must_be_said(given: dict[str, int]) -> None:
    """Danger: whoever opens a model forgets the run's seed, and gets the head of another run."""
    with pytest.raises(TypeError):
        LoadOptions(**given)
