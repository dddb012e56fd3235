"""Tables of questions and answers, and those that only look like it."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.data.guess import guess
from tunewright.data.guess_answers import asked_in
from tunewright.data.table import Table
from tunewright.records import SourceFile

CONTEXTS = [f"The film number {n} was made in {1900 + n}." for n in range(30)]
YEARS = [str(1900 + n) for n in range(30)]
STARTS = [str(text.index(year)) for text, year in zip(CONTEXTS, YEARS, strict=True)]


def table(**columns: list[str]) -> Table:
    rows = len(next(iter(columns.values())))
    file = SourceFile(
        path="x.csv", sha256="0" * 64, bytes=1, format="csv", encoding="utf-8", encoding_detected=True, delimiter=",",
        rows=rows, columns=tuple(columns), role="train",
    )  # fmt: skip
    return Table(columns, (file,), np.zeros(rows, dtype=np.int32), np.arange(2, rows + 2, dtype=np.int64))


@pytest.mark.parametrize(
    ("question", "context", "answer"),
    [("question", "context", "answer"), ("问题", "文章", "答案"), ("câu hỏi", "ngữ cảnh", "câu trả lời")],
)
def test_questions_contexts_and_answers(question, context, answer) -> None:
    """Danger: `init` makes a classifier of 30 classes of it, or reads the place for the answer."""
    columns = {question: ["when?"] * 30, context: CONTEXTS, answer: YEARS, "answer_start": STARTS}
    found = guess(table(**columns))
    assert (found.task, found.target) == ("answer", answer)
    assert found.inputs == {"question": question, "context": context}
    assert found.group is None
    assert guess(table(title=["t"] * 30, **columns)).group == "title"


def test_what_is_answered_in_other_words_is_another_task() -> None:
    """Danger: questions with yes or no, or with answers that stand nowhere in the passage."""
    asked = {"question": [f"what {n}?" for n in range(30)], "context": CONTEXTS}
    assert asked_in(table(**asked, answer=["yes", "no"] * 15)) is None
    assert guess(table(**asked, answer=["yes", "no"] * 15)).task == "classify"
    assert asked_in(table(**asked)) is None
    assert asked_in(table(**asked, label=YEARS)) is None
    assert asked_in(table(**asked, label=YEARS), target="label") == ("question", "context", "label")
