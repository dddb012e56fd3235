"""Recognises tables of questions, contexts, and answers that are places in them."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.data.answers import answer_cell, answers_of, beside, says_nothing
from tunewright.data.profile import words_of_name
from tunewright.data.table import Cell, Table

__all__ = ["asked_in"]

_SAMPLE = 200
_MOSTLY = 0.9
_QUESTIONS = ("question", "query", "问题", "提问", "câu hỏi", "cau hoi")
_CONTEXTS = (
    "context",
    "passage",
    "paragraph",
    "document",
    "article",
    "text",
    "上下文",
    "文章",
    "原文",
    "ngữ cảnh",
    "đoạn văn",
)
_ANSWERS = ("answers", "answer", "答案", "回答", "trả lời", "tra loi")


def asked_in(table: Table, target: str | None = None) -> tuple[str, str, str] | None:
    """The columns of question, context and answers; None where there are none.

    Args:
        table: what was read.
        target: a column that the user has named.
    """
    for question in _named(table, _QUESTIONS):
        for context in _named(table, _CONTEXTS):
            for answers in [target] if target else _named(table, _ANSWERS):
                if len({question, context, answers}) == 3 and _stand_there(table, context, answers):
                    return question, context, answers
    return None


def _named(table: Table, words: Sequence[str]) -> list[str]:
    """Columns called like one of these, those called like the first ones first; those of starts and ids are none."""
    found: list[str] = []
    for word in words:
        for name in table.columns:
            parts = words_of_name(name)
            spaced = " ".join(parts)
            fits = word in parts or (not word.isascii() and word in spaced) or (" " in word and word in spaced)
            if fits and not {"start", "id", "end", "type"} & set(parts) and name not in found:
                found.append(name)
    return found


def _stand_there(table: Table, context: str, answers: str) -> bool:
    """Whether most cells hold answers that stand in these contexts, and any does."""
    known = beside(table, answers)
    contexts, cells = table.columns[context][:_SAMPLE], table.columns[answers][:_SAMPLE]
    right = found = 0
    for row, (read, cell) in enumerate(zip(contexts, cells, strict=True)):
        starts: Cell = known.starts[row] if known.starts else None
        none: Cell = known.none[row] if known.none else None
        try:
            found += len(answers_of(answer_cell(cell, read, starts, none))[1])
            right += not says_nothing(cell, starts, none)
        except ValueError:
            pass
    return found > 0 and right >= _MOSTLY * len(cells)
