"""The tokenizer's work, and its accounts."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_models import WORDS, tiny_tokenizer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from tunewright.inputs.tokens import join_cells, tokenize


def bare_tokenizer() -> PreTrainedTokenizerFast:
    """Without special tokens around a text, as those of many causal models; unknown and end are one token."""
    vocabulary = {word: index for index, word in enumerate(dict.fromkeys(["<end>", *WORDS]))}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="<end>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token="<end>",
        unk_token="<end>",
        pad_token="<end>",
        model_input_names=["input_ids", "attention_mask"],
    )


def test_joining_cells() -> None:
    """Danger: a list cell printed with brackets, or a null cell as `None`."""
    cells = [["a", None, "", ("x", "y"), None], ["b", "c", "", "d", None]]
    assert join_cells(cells) == ["a\nb", "c", "", "x y\nd", ""]


def test_columns_of_unequal_length_are_refused() -> None:
    """Danger: the end of the longer column falls away, and rows meet the wrong labels."""
    with pytest.raises(ValueError, match="shorter"):
        join_cells([["a", "b"], ["c"]])


def test_only_long_rows_are_cut_and_the_rest_is_as_it_was() -> None:
    """Danger: rows encoded a second time that land in another row's place."""
    texts = ["good", "one two three four five six", "bad film", "the a boring end", "not very good"]
    encoded = tokenize(texts, None, tiny_tokenizer(), 5)
    assert encoded.full_lengths.tolist() == [3, 8, 4, 6, 5]
    assert encoded.lengths.tolist() == [3, 5, 4, 5, 5]
    assert encoded.tokens_lost == 4
    peer = tiny_tokenizer()(texts, truncation=True, max_length=5)
    for row, ids in enumerate(peer["input_ids"]):
        assert encoded.ids[encoded.offsets[row] : encoded.offsets[row + 1]].tolist() == ids


def test_a_cut_row_keeps_its_last_special_token() -> None:
    """Danger: cutting plain ids, so that long rows lack the separator that every short row ends in."""
    encoded = tokenize(["one two three four five six"], None, tiny_tokenizer(), 5)
    assert encoded.ids[[0, -1]].tolist() == [2, 3]


def test_blocks_of_rows_join_without_a_seam() -> None:
    """Danger: rows are encoded in blocks; a slip at a block's edge shifts all that follow."""
    texts = [WORDS[index % len(WORDS)] for index in range(2100)]
    seen: list[tuple[int, int]] = []
    encoded = tokenize(texts, None, tiny_tokenizer(), 3, lambda done, total: seen.append((done, total)))
    peer = tiny_tokenizer()(WORDS)["input_ids"]
    for row in (0, 1023, 1024, 1025, 2047, 2048, 2099):
        ids = encoded.ids[encoded.offsets[row] : encoded.offsets[row + 1]].tolist()
        assert ids == [*peer[row % len(WORDS)][:2], 3]
    assert seen == [(1024, 2100), (2048, 2100), (2100, 2100)]


def test_unknown_tokens_are_counted() -> None:
    """Danger: a model of another language, for which every word is unknown, and nobody is told."""
    assert tokenize(["good 天气 film", "好"], None, tiny_tokenizer(), 64).unknown == 3
    assert tokenize(["good film"], None, tiny_tokenizer(), 64).unknown == 0


def test_an_unknown_token_that_is_the_end_token_counts_for_nothing() -> None:
    """Danger: a warning that all text is unknown, raised by the end of every row."""
    assert tokenize(["good film <end>"], None, bare_tokenizer(), 64).unknown == 0


def test_scripts_without_spaces_and_with_accents() -> None:
    """Danger: text that is cut inside a character, or accents that come out as another word."""
    tool = tiny_tokenizer()
    vietnamese = tokenize(["phở bò", "pho bo"], None, tool, 64)
    assert vietnamese.unknown == 0
    first, second = (vietnamese.ids[vietnamese.offsets[i] : vietnamese.offsets[i + 1]] for i in range(2))
    assert np.array_equal(first, second), "this tokenizer strips accents, and both are spelled by letters"
    assert tokenize(["天气"], None, tool, 64).lengths.tolist() == [4]


def test_empty_text_is_read_as_one_token() -> None:
    """Danger: a row without any token, which stops the model in the middle of a batch of good ones."""
    encoded = tokenize(["good", "", "bad film"], None, bare_tokenizer(), 64)
    assert encoded.lengths.tolist() == [1, 1, 2]
    assert encoded.tokens_lost == 0
    assert encoded.collate([1])["input_ids"].tolist() == [[0]]
    assert tokenize([""], None, tiny_tokenizer(), 64).ids.tolist() == [2, 3]


def test_segments_where_the_tokenizer_names_them() -> None:
    """Danger: RoBERTa given segments it has no embedding for."""
    assert tokenize(["good"], ["bad"], tiny_tokenizer(types=False), 64).types is None
    types = tokenize(["good"], ["bad"], tiny_tokenizer(types=True), 64).types
    assert types is not None
    assert types.tolist() == [0, 0, 0, 1, 1]


def test_memory_is_four_bytes_a_token() -> None:
    """Danger: a Python integer of 28 bytes for each token of a large file."""
    encoded = tokenize(["good film"] * 3, None, tiny_tokenizer(), 64)
    assert encoded.ids.dtype == np.int32
    assert encoded.types is not None
    assert encoded.types.dtype == np.int8


def test_padding_side_and_id_are_the_tokenizers() -> None:
    """Danger: zeros as padding for a model whose padding token is another."""
    tool = tiny_tokenizer()
    tool.padding_side, tool.pad_token = "left", "[MASK]"
    encoded = tokenize(["good", "bad film"], None, tool, 64)
    assert encoded.pad_left
    assert encoded.collate([0, 1])["input_ids"][0, 0].item() == tool.mask_token_id
