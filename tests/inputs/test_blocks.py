"""Texts are joined into full blocks, and no character is lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some
from tiny_models import WORDS, tiny_tokenizer

from tunewright.inputs.blocks import join_into_blocks

TOKENIZER = tiny_tokenizer()
texts_of = some.lists(
    some.lists(some.sampled_from([*WORDS, "天气", "x" * 40, "déjà", "\n"]), min_size=1, max_size=12).map(" ".join),
    min_size=1, max_size=8,
)  # fmt: skip


def bare(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=60, deadline=None)
@given(texts_of, some.integers(6, 40))
def test_blocks_together_are_the_texts(texts, length):
    """Danger: what stands at a seam is lost, doubled, or cut away when the block is read again."""
    blocks = join_into_blocks(texts, TOKENIZER, length)
    assert "".join(bare(text) for _, text in blocks) == bare("".join(texts))
    assert all(len(TOKENIZER(text)["input_ids"]) <= length for _, text in blocks)
    rows = [row for row, _ in blocks]
    assert rows == sorted(rows) and all(0 <= row < len(texts) for row in rows)


def test_blocks_are_full_and_end_between_words():
    """Danger: blocks half empty, so that an epoch costs twice; words torn at every seam."""
    draw = np.random.default_rng(0)
    texts = [" ".join(draw.choice(WORDS, 9)) for _ in range(60)]
    blocks = [text for _, text in join_into_blocks(texts, TOKENIZER, 32)]
    lengths = [len(TOKENIZER(text)["input_ids"]) for text in blocks]
    assert np.mean(lengths[:-1]) > 0.9 * 32
    assert {word for text in blocks for word in text.split()} <= set(WORDS)
    assert [row for row, _ in join_into_blocks(texts, TOKENIZER, 32)][:3] == [0, 3, 6]
