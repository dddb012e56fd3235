"""The unigram model: counted on training rows, measured on others."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from trial import trial

from tunewright.evaluation.baselines.unigram import Unigram


def test_tokens_are_as_likely_as_they_are_common():
    """Danger: counts of the measured rows, or of the tokens that nobody foresees, slip in."""
    bench = trial("llama", "full", "language_model")
    train, measured = bench.encoded.of_rows(np.arange(10)), bench.encoded.of_rows(np.arange(10, 16))
    subject = SimpleNamespace(task=bench.task, tokenizer=bench.tokenizer, train=SimpleNamespace(encoded=train))
    answers = Unigram().answer(subject, SimpleNamespace(encoded=measured)).answers
    counts = np.ones(len(bench.tokenizer))
    for low, high in zip(train.offsets, train.offsets[1:], strict=False):
        np.add.at(counts, train.ids[low + 1 : high], 1)
    first = measured.ids[1 : measured.offsets[1]]
    assert answers.loss[0] == pytest.approx(-np.log(counts[first] / counts.sum()).sum())
    assert answers.tokens[0] == len(first)
