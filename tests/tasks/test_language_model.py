"""Continued training of a causal model."""

from __future__ import annotations

from tiny_models import tiny_tokenizer
from trial import trial

from tunewright.tasks.language_model import LanguageModel


def test_rows_are_padded_behind():
    """Danger: padding in front shifts the positions of short rows in families that count them absolutely."""
    bench = trial("llama", "full", "language_model")
    left = tiny_tokenizer()
    left.padding_side = "left"
    encoded = LanguageModel().marked(bench.inputs.encode({"t": bench.texts}, left, 64), left)
    assert not encoded.pad_left and encoded.types is None


def test_every_token_but_the_first_is_learned():
    """Danger: the first token, which nothing stands before, is foreseen from the row before it."""
    bench = trial("llama", "full", "language_model")
    learned = bench.task.counted(bench.encoded)
    assert not learned[bench.encoded.offsets[:-1]].any()
    assert learned.sum() == len(bench.encoded.ids) - len(bench.encoded)
