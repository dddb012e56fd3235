"""Recognises tables that hold texts to learn from, and nothing to predict."""

from __future__ import annotations

from tunewright.data.column_names import target_score, text_score
from tunewright.data.conversations import holds_conversations
from tunewright.data.profile import profile_of
from tunewright.data.table import Table
from tunewright.errors import UserError

__all__ = ["conversation_columns", "is_running_text", "text_column"]


def is_running_text(table: Table) -> bool:
    """Whether it was read from files of running text."""
    return bool(table.files) and all(file.format == "txt" for file in table.files)


def text_column(table: Table, given: str | None) -> tuple[str, str]:
    """The column that holds the texts, and why it is that one: the longest, or the one that is called like a text.

    Raises:
        UserError: no column holds text.
    """
    if given is not None:
        return given, "given"
    profiles = [profile_of(name, cells) for name, cells in table.columns.items() if name != table.row_paths]
    texts = [one for one in profiles if one.numeric < 0.5 and one.width > 0]
    if not texts:
        raise UserError(f"{table.name}: no column holds text. Its columns: {', '.join(map(repr, table.columns))}.")
    best = max(texts, key=lambda one: (text_score(one.name), one.length))
    return best.name, f"is {best.length:.0f} characters long on average"


_PROMPTS = ("instruction", "prompt", "question", "query", "指令", "问题", "câu hỏi")
_CONTEXTS = ("input", "context", "输入")
_RESPONSES = ("output", "response", "answer", "completion", "回答", "输出", "答案", "trả lời")
_SAMPLE = 200
_MOSTLY = 0.9
_LEAST_LENGTH = 12.0


def conversation_columns(table: Table) -> tuple[dict[str, str], str] | None:
    """The input of a table of conversations, or of questions with answers in sentences, and why; None where it is none.

    Columns that are read together are joined by ` + `.
    """
    compared = _compared(table)
    if compared:
        return compared, "hold a question with an answer that was chosen and one that was rejected"
    for name, cells in table.columns.items():
        sample = [cell for cell in cells[:_SAMPLE] if cell]
        if sample and sum(map(holds_conversations, sample)) >= _MOSTLY * len(sample):
            return {"messages": name}, "holds turns with a role and a text"
    named = {name.strip().casefold(): name for name in table.columns}
    prompt, response = _first(named, _PROMPTS), _first(named, _RESPONSES)
    context = _first(named, _CONTEXTS)
    if prompt is None or response is None:
        return None
    others = [name for name in table.columns if name not in (prompt, response, context)]
    answers = profile_of(response, table.columns[response])
    free = answers.numeric < 0.5 and answers.variety > 0.5 and answers.length > _LEAST_LENGTH and not answers.lists
    free = free or prompt.strip().casefold() == "instruction"  # Alpaca: it means nothing else
    if not free or any(target_score(name) >= 1.0 for name in others):
        return None
    asked = prompt if context is None else f"{prompt} + {context}"
    return {"prompt": asked, "response": response}, "are called like questions and answers, which are sentences"


def _compared(table: Table) -> dict[str, str] | None:
    """The columns of a question and of two answers, in the forms that preference data has."""
    chosen, rejected = (
        next((name for name in table.columns if name in (side, f"{side}.value", f"{side}.content")), None)
        for side in ("chosen", "rejected")
    )
    asked = next(
        (n for n in ("prompt", "conversations", "messages", "question", "instruction") if n in table.columns), None
    )
    return {"prompt": asked, "chosen": chosen, "rejected": rejected} if asked and chosen and rejected else None


def _first(named: dict[str, str], wanted: tuple[str, ...]) -> str | None:
    return next((named[name] for name in wanted if name in named), None)
