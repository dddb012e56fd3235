"""What the audit says about lengths must be what the encoded rows are."""

from __future__ import annotations

import numpy as np

from tunewright.pipeline.prepare import prepare
from tunewright.training.observer import Silent


def test_lengths_are_counted_over_all_splits(prepared):
    """A limit chosen by the training rows alone would cut the rows that are measured."""
    found = prepared("full")
    lengths = found.audit.lengths
    full = np.concatenate([split.encoded.full_lengths for split in (found.train, found.validation, found.test)])
    assert (lengths.rows, lengths.tokens, lengths.maximum) == (len(full), full.sum(), full.max())
    assert sum(lengths.counts) == len(full) and len(lengths.edges) == len(lengths.counts) + 1
    assert all(float(edge).is_integer() for edge in lengths.edges), "tokens are counted in whole numbers"


def test_what_the_limit_cuts_is_counted_and_placed(placed):
    """Text that is cut in silence is learned from and measured as if it had been read."""
    audit = prepare(placed(data__max_length=6), Silent()).audit
    (long,) = [finding for finding in audit.findings if finding.code == "long"]
    assert long.count == audit.lengths.over_limit > 0 and audit.lengths.tokens_lost > 0
    assert long.severity == "warning" and long.places[0].file.endswith("reviews.csv")
    (refused,) = prepare(placed(data__max_length=6, data__on_long="error"), Silent()).audit.errors
    assert refused.code == "long"
