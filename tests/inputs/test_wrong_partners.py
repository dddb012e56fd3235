"""Wrong partners beside pairs of texts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer

from tunewright.inputs.text_pair_negative import TextPairNegativeInput
from tunewright.inputs.wrong_partners import GIVEN, picks_of, with_wrong_partners

CELLS = {
    "t": ["good film", "bad", "the plot of a good film"],
    "p": ["a plot", "bad film the plot", "good"],
    "n": [("bad film", "good"), None, "a very long text of a bad film with a plot"],
}
INPUT = TextPairNegativeInput(text="t", pair="p", negative="n")


def test_the_numbers_of_texts_that_lie_row_by_row() -> None:
    """Danger: a row's wrong partner is that of the row before, which had two."""
    assert picks_of(np.array([2, 0, 1])).tolist() == [[0, 1], [-1, -1], [2, -1]]
    assert picks_of(np.zeros(2, dtype=np.int64)).shape == (2, 0)


@pytest.mark.parametrize(("side", "types"), [("right", True), ("left", False)])
def test_a_training_batch_holds_all_texts_of_its_rows(side: str, types: bool) -> None:
    """Danger: texts that are padded otherwise than transformers pads them, or stand in another order than the task
    takes them."""
    tool = tiny_tokenizer(types)
    tool.padding_side = side
    encoded = INPUT.encode(CELLS, tool, 64, apart=True)
    batch = with_wrong_partners(encoded, [2, 1, 0])
    assert batch.pop(GIVEN).tolist() == [[True, False], [False, False], [True, True]]
    texts = [*CELLS["t"][::-1], *CELLS["p"][::-1], CELLS["n"][2], *CELLS["n"][0]]
    peer = tool(texts, padding=True, return_tensors="pt")
    assert batch.keys() == peer.keys()
    assert all(torch.equal(batch[name], peer[name]) for name in peer)


def test_rows_without_any_are_pairs() -> None:
    """Danger: a micro-batch of rows without wrong partners has outputs of another width than the others of its step."""
    encoded = INPUT.encode(CELLS, tiny_tokenizer(), 64, apart=True)
    batch = with_wrong_partners(encoded, [1])
    assert batch.pop(GIVEN).shape == (1, 2)
    assert batch["input_ids"].shape[0] == 2


def test_what_is_not_trained_on_is_pairs_alone() -> None:
    """Danger: a wrong partner is measured as if it were the right one."""
    encoded = INPUT.encode(CELLS, tiny_tokenizer(), 64, apart=True)
    assert GIVEN not in INPUT.collate(encoded, [0, 2])
    assert INPUT.collate(encoded, [0, 2])["input_ids"].shape[0] == 4


def test_taken_rows_keep_their_own() -> None:
    """Danger: validation takes some rows, and the wrong partners stay with the first ones."""
    encoded = INPUT.encode(CELLS, tiny_tokenizer(), 64, apart=True)
    whole, taken = with_wrong_partners(encoded, [2]), with_wrong_partners(encoded.take([1, 2]), [1])
    assert all(torch.equal(whole[name], taken[name]) for name in whole)


def test_a_row_costs_what_is_read_of_it_in_training() -> None:
    """Danger: micro-batches are planned as if wrong partners were free, and memory runs short."""
    tool = tiny_tokenizer()
    encoded = INPUT.encode(CELLS, tool, 64, apart=True)
    pairs = INPUT.encode({**CELLS, "n": [None] * 3}, tiny_tokenizer(), 64, apart=True)
    texts = [
        [first, second, *wrong] for first, second, wrong in zip(CELLS["t"], CELLS["p"], INPUT.wrong(CELLS), strict=True)
    ]
    lengths = [[len(tool(text)["input_ids"]) for text in row] for row in texts]
    assert encoded.costs.tolist() == [len(row) * max(row) for row in lengths]
    assert encoded.real.tolist() == list(map(sum, lengths))
    assert encoded.computed.tolist() == pairs.computed.tolist() == pairs.costs.tolist()
    for row, cost in enumerate(encoded.costs):
        assert with_wrong_partners(encoded, [row])["input_ids"].numel() == cost
