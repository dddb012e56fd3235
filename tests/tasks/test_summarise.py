"""Summaries: measured by ROUGE, searched for without repetition."""

from __future__ import annotations

import numpy as np

from tunewright.tasks.summarise import Summarise
from tunewright.tasks.text_rows import TextRows


def test_figures_and_wrongness_are_rouge_l() -> None:
    """Danger: the verdict about one figure, the worst rows by another."""
    truth, answers = TextRows(["a b c d", "x y"]), TextRows(["a b c d", "x z"])
    values = Summarise().metric_values(truth, answers, np.eye(2))
    wrong, how = Summarise().wrongness(truth, answers)
    assert values[Summarise.primary].tolist() == [1.0, 0.5]
    assert (1 - how).tolist() == values["rougeL"].tolist() and wrong.tolist() == [False, True]


def test_summaries_do_not_repeat_themselves_by_default() -> None:
    """Danger: loops, which long texts invite."""
    assert Summarise().no_repeat_ngram == 3 and Summarise().search == 4
