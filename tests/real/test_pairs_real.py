"""Public pairs of texts in their original form."""

from __future__ import annotations

import pytest

from tunewright.data.guess import guess
from tunewright.data.reading import read


@pytest.mark.parametrize("name", ["sts-train.tsv", "sts-dev.tsv", "sts-test.tsv"])
def test_stsb_is_known_by_its_look(real_data, name):
    """Danger: no line of names, a year, a number of the row and a genre beside the two texts: any of them could be
    taken for what is to be learned."""
    found = guess(read(real_data / "stsb" / name, role="train"))
    assert (found.task, found.target) == ("similarity", "column_5")
    assert found.inputs == {"text": "column_6", "pair": "column_7"}


@pytest.mark.parametrize(("name", "task"), [("banking77/train.csv", "classify"), ("trec/train.csv", "classify")])
def test_labelled_texts_are_no_pairs(real_data, name, task):
    """Danger: two columns of which one is a label are taken for pairs that belong together."""
    if not (real_data / name).exists():
        pytest.skip(f"no {name}")
    assert guess(read(real_data / name, role="train")).task == task
