"""Places of packed rows: where each begins, and back again from where attention wants them."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.models.layout import Layout

CPU = torch.device("cpu")
GROUPS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), min_size=1, max_size=4)


def laid(groups: list[list[int]]) -> Layout:
    """A layout of rows of these lengths."""
    return Layout.of([np.array(group, dtype=np.int64) for group in groups], CPU)


def test_a_layout_counts_every_row_from_its_own_beginning() -> None:
    """Danger: padding that is seen, or a first token that is off by the padding before it."""
    layout = laid([[5, 3], [2]])
    assert layout.first.tolist() == [0, 5, 8]
    assert layout.lengths.tolist() == [5, 3, 2]
    assert layout.tokens == 10
    assert [(group.rows, group.width, group.places) for group in layout.groups] == [(2, 5, 10), (1, 2, 2)]
    assert layout.groups[0].padding is not None
    assert layout.groups[0].padding[:, 0, 0].tolist() == [[False] * 5, [False] * 3 + [True] * 2]
    assert layout.groups[0].end is not None
    assert layout.groups[0].end[:, 0, 0].tolist() == [[False] * 2, [True] * 2]
    assert layout.groups[1].padding is None and layout.groups[1].end is None


def test_padding_repeats_a_token_of_its_own_row() -> None:
    """Danger: padding that shows another row's token, or none that exists."""
    layout = laid([[3, 1]])
    assert layout.padded is not None
    assert layout.padded.source.tolist() == [0, 1, 2, 3, 3, 3]
    assert layout.padded.padding.tolist() == [False] * 4 + [True] * 2
    assert laid([[3, 3], [2]]).padded is None


@settings(deadline=None)
@given(groups=GROUPS, heads=st.integers(1, 3))
def test_what_is_spread_comes_back(groups: list[list[int]], heads: int) -> None:
    """Danger: a token that is lost between rows, or a head that is given another's values."""
    layout = laid(groups)
    tokens = torch.arange(layout.tokens)
    if layout.padded is not None:
        assert torch.equal(tokens[layout.padded.source][layout.padded.kept], tokens)
    places, values = layout.by_heads(heads), torch.arange(layout.tokens * heads)
    assert torch.equal(values[places.source][places.kept], values)
    assert [layout.row_of.tolist().index(row) for row in range(len(layout.lengths))] == layout.first.tolist()
    assert layout.by_heads(heads) is places
    begin, row = 0, 0
    for group in layout.groups:
        size = group.places * heads
        own = values[places.source][begin : begin + size].view(group.rows, heads, group.width)
        begin += size
        for mine in own:
            length, first = int(layout.lengths[row]), int(layout.first[row])
            for head in range(heads):
                assert mine[head, :length].tolist() == [(first + t) * heads + head for t in range(length)]
            row += 1
