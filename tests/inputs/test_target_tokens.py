"""Target texts as tokens: cut with account, taken by rows, padded where no loss looks."""

from __future__ import annotations

import numpy as np
from tiny_models import WORDS
from tiny_writers import writer_tokenizer

from tunewright.inputs.target_tokens import NO_TOKEN, tokenize_targets

TEXTS = ["good film", "a very boring story with a fine actor and the end", "one", "山水 good"]
TOKENIZER = writer_tokenizer([" ".join(WORDS)] * 5)


def test_targets_end_and_are_counted_whole() -> None:
    """Danger: a target without its end token, from which no model learns to stop; or a cut that nobody counts."""
    whole = tokenize_targets(TEXTS, TOKENIZER, 64)
    cut = tokenize_targets(TEXTS, TOKENIZER, 5)
    assert len(whole) == len(cut) == 4
    assert whole.tokens_lost == 0 and cut.tokens_lost == int((whole.lengths - cut.lengths).sum()) > 0
    assert cut.full_lengths.tolist() == whole.lengths.tolist()
    for targets in (whole, cut):
        assert (targets.ids[targets.offsets[1:] - 1] == TOKENIZER.eos_token_id).all()
    assert cut.lengths.max() == 5


def test_rows_keep_their_tokens() -> None:
    """Danger: another row's translation after a shuffle."""
    targets = tokenize_targets(TEXTS, TOKENIZER, 64)
    order = np.array([2, 0, 3])
    taken = targets.take(order)
    for place, row in enumerate(order):
        ids = taken.ids[taken.offsets[place] : taken.offsets[place + 1]]
        assert ids.tolist() == TOKENIZER(text_target=TEXTS[row])["input_ids"]


def test_padding_is_what_no_loss_looks_at() -> None:
    """Danger: padding that is learned as text."""
    targets = tokenize_targets(TEXTS, TOKENIZER, 64)
    padded = targets.padded([1, 2])
    assert padded.shape == (2, targets.lengths[1])
    assert (padded != NO_TOKEN).sum(axis=1).tolist() == targets.lengths[[1, 2]].tolist()
    assert padded[1, : targets.lengths[2]].tolist() == TOKENIZER(text_target="one")["input_ids"]


def test_no_rows() -> None:
    """Danger: an empty split that crashes."""
    targets = tokenize_targets([], TOKENIZER, 64)
    assert len(targets) == 0 and targets.tokens_lost == 0
