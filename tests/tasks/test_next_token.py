"""Each token is foreseen from those before it, and from nothing else."""

from __future__ import annotations

import numpy as np
import torch
from trial import trial


def test_the_loss_is_that_of_transformers():
    """Danger: a shift by one in the wrong direction, by which a model learns to copy."""
    bench = trial("llama", "full", "language_model")
    row = int(bench.encoded.lengths.argmax())
    ids = bench.encoded.collate([row])["input_ids"]
    found = bench.task.loss_of(bench.model, bench.batch(np.array([row])), bench.space)
    peer = bench.model(input_ids=ids, labels=ids).loss
    assert found.weight == ids.shape[1] - 1
    assert torch.allclose(found.sum / found.weight, peer, atol=1e-5)


def test_what_is_said_of_a_token_stands_at_that_token():
    """Danger: figures of one token are counted for its neighbour, or for padding."""
    bench = trial("llama", "full", "language_model")
    outputs = bench.logits(bench.plain.eval()).numpy()
    assert np.array_equal(outputs[:, 1] > 0, bench.task.counted(bench.encoded))
    alone = bench.logits(bench.plain.eval(), np.array([3])).numpy()
    assert np.allclose(outputs[bench.encoded.tokens_of([3])], alone, atol=1e-4)
