"""Two texts of a row, each by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import WORDS, tiny_tokenizer

from tunewright.data.plan import StepPlan
from tunewright.inputs.kept_rows import RowsWriter, open_rows
from tunewright.inputs.text import TextInput
from tunewright.inputs.text_pair import TextPairInput

TOOL = tiny_tokenizer()
PART, ONE = TextPairInput(text="a", pair="b"), TextInput(text="a")
TEXTS = st.lists(st.tuples(*[st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)] * 2), min_size=1, max_size=6)


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_each_text_is_encoded_as_if_alone(pairs: list[tuple[str, str]]) -> None:
    """Danger: a text that is read with its partner's tokens, or the second texts in another order than the first."""
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    both = PART.encode({"a": first, "b": second}, TOOL, 8, apart=True)
    rows = np.arange(len(pairs))[::-1]
    batch = both.take(rows).collate(np.arange(len(rows)))
    alone = ONE.encode({"a": [*first[::-1], *second[::-1]]}, TOOL, 8).collate(np.arange(2 * len(rows)))
    assert batch.keys() == alone.keys()
    assert all((batch[name] == alone[name]).all() for name in batch)
    assert both.lengths.tolist() == (both.second + (both.lengths - both.second)).tolist()


def test_each_text_has_the_whole_length() -> None:
    """Danger: two texts that both fit are reported as cut, because their sum is too long."""
    cells = {"a": ["good " * 6, "good " * 9], "b": ["bad " * 6, "bad"]}
    both = PART.encode(cells, TOOL, 8, apart=True)
    assert (both.full_lengths - both.lengths).tolist() == [0, 3]
    assert both.tokens_lost == 3


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_a_pair_costs_what_is_computed(pairs: list[tuple[str, str]]) -> None:
    """Danger: a short question beside a long text counts as their sum, and the batch is larger than its budget."""
    made = PART.encode({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}, TOOL, 16, apart=True)
    rows = np.arange(len(pairs))
    plan = StepPlan(made.costs, len(pairs), 10_000, seed=0, real=made.lengths)
    assert plan.tokens(rows) == made.collate(rows)["input_ids"].numel()
    assert plan.real_tokens(rows) == len(made.ids)
    whole = PART.encode({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}, TOOL, 16)
    assert whole.costs.tolist() == whole.computed.tolist() == whole.lengths.tolist()


def test_kept_rows_remember_where_the_second_text_begins(tmp_path) -> None:
    """Danger: a second run of the same recipe reads the prepared rows as single texts."""
    cells = {"a": ["good film", "a plot"], "b": ["bad", "the end of a story"]}
    made = PART.encode(cells, TOOL, 16, apart=True)
    writer = RowsWriter(tmp_path)
    writer.add(made)
    writer.add(made.take([1]))
    again = open_rows(tmp_path, writer.close())
    assert again.second is not None
    assert again.second.tolist() == [*made.second.tolist(), made.second[1]]
    assert (again.collate([0, 2])["input_ids"] == made.collate([0, 1])["input_ids"]).all()
