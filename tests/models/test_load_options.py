"""What a training begins with."""

from __future__ import annotations

from transformers import BertConfig

from tunewright.models.load_options import LoadOptions


def test_rates_that_are_not_given_are_left_alone() -> None:
    """Danger: a model that was trained with a dropout of its own is tuned without a word at another."""
    config = BertConfig(hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.2)
    LoadOptions().set_dropout(config)
    assert (config.hidden_dropout_prob, config.attention_probs_dropout_prob) == (0.3, 0.2)
    LoadOptions(attention_dropout=0.0).set_dropout(config)
    assert (config.hidden_dropout_prob, config.attention_probs_dropout_prob) == (0.3, 0.0)
    LoadOptions(dropout=0.0).set_dropout(config)
    assert config.hidden_dropout_prob == 0.0
