"""Guesses from a table what is to be read, what is to be predicted, and what kind of task that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import Literal, cast

from tunewright.data.column_names import pair_of, target_score, text_score
from tunewright.data.findings import rows
from tunewright.data.guess_answers import asked_in
from tunewright.data.guess_media import beside_pictures, media_columns
from tunewright.data.guess_pairs import compared
from tunewright.data.guess_tagged import entities_over, tags_of
from tunewright.data.guess_text import conversation_columns, is_running_text, text_column
from tunewright.data.guess_written import written_target
from tunewright.data.profile import ColumnProfile, profile_of
from tunewright.data.table import Table
from tunewright.errors import UserError

__all__ = ["Guess", "guess"]

Task = Literal[
    "classify", "multilabel", "regress", "tag", "answer", "similarity", "embed", "translate", "summarise", "masked",
    "language_model", "instruct", "prefer",
]  # fmt: skip

_MOST_CLASSES = 500
_LEAST_WIDTH = 8.0  # mean width of a text worth reading
_SURE = 1.0


@dataclass(frozen=True, slots=True)
class Guess:
    """What a recipe for this table would say.

    Attributes:
        inputs: role to column: `{"text": ...}`, `{"text": ..., "pair": ...}`, `{"tokens": ...}`, `{"image": ...}`,
            `{"image": ..., "text": ...}`, `{"audio": ...}` or `{"question": ..., "context": ...}`.
        target: the column to be predicted; empty where there is none.
        task: the kind of task.
        reasons: why, in one sentence each: for every role, `target` and `task`.
        alternatives: other columns that could have been meant, best first: for `text` and `target`.
        group: a column whose equal values should not part over splits, where one is known.
    """

    inputs: dict[str, str]
    target: str
    task: Task
    reasons: dict[str, str] = field(default_factory=dict)
    alternatives: dict[str, list[str]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """Fields of the task that can be told from the data."""
    group: str | None = None


def guess(table: Table, *, text: str | None = None, target: str | None = None, task: str | None = None) -> Guess:
    """Look at names (English, Chinese, Vietnamese) and contents (length, repetition, numbers) of the columns.

    Args:
        table: what was read.
        text, target: columns that the user has named, which are taken whatever they look like; the rest is guessed.
        task: what the user wants to do, where that is known.

    Raises:
        UserError: no column can be told to be the target, or none holds text; the message lists the columns and says
            what to type.
        DataError: a named column does not exist.
    """
    for given in (text, target):
        if given is not None:
            table.column(given)
    special = _unmistakable(table, text, target, task)
    if special is not None:
        return special
    media = media_columns(table) if text is None else {}
    unread = {table.row_paths, *media.values()}
    columns = [profile_of(name, cells) for name, cells in table.columns.items() if name not in unread]
    useful = [column for column in columns if not column.is_id and column.filled > 0.1 and column.distinct > 1]
    texts = sorted((c for c in useful if _text_worth(c) > 0), key=_text_worth, reverse=True)
    targets = sorted((c for c in useful if _target_worth(c) > 0 and c.name != text), key=_target_worth, reverse=True)
    if target is None:
        predicted = _pick_target(targets, (beside_pictures(texts) if media else texts) if text is None else [])
    else:
        predicted = profile_of(target, table.column(target))
    if predicted is None:
        raise _cannot_tell(table, columns, "Which column is to be predicted cannot be told from names or contents.")
    texts = [column for column in texts if column.name != predicted.name]
    if media:
        return _of_media(media, predicted, target is None, beside_pictures(texts))
    if not texts and text is None:
        raise _cannot_tell(table, columns, f"{predicted.name!r} would be the target, and no other column holds text.")
    inputs, why = _inputs(texts) if text is None else ({"text": text}, {"text": "given"})
    task, task_why = _task(predicted)
    others = [c.name for c in targets if c.name != predicted.name and c.name not in inputs.values()]
    return Guess(
        inputs=inputs,
        target=predicted.name,
        task=task,
        reasons={**why, "target": _why_target(predicted) if target is None else "given", "task": task_why},
        alternatives={
            "text": [column.name for column in texts if column.name not in inputs.values()],
            "target": others,
        },
    )


def _of_media(media: dict[str, str], predicted: ColumnProfile, guessed: bool, texts: Sequence[ColumnProfile]) -> Guess:
    """The guess where pictures or sounds are read, pictures with a text that stands beside them."""
    sense, column = next(iter(media.items()))
    what = "pictures" if sense == "image" else "sounds"
    task, task_why = _task(predicted)
    reasons = {sense: f"{column!r} names files of {what}, or holds them", "task": task_why}
    reasons["target"] = _why_target(predicted) if guessed else "given"
    if sense != "image" or not texts:
        return Guess({sense: column}, predicted.name, task, reasons)
    reasons["text"] = f"{texts[0].name!r} is the text beside"
    reasons[sense] += f", and {reasons['text']}"
    return Guess({sense: column, "text": texts[0].name}, predicted.name, task, reasons)


def _unmistakable(table: Table, text: str | None, target: str | None, task: str | None) -> Guess | None:
    """The guess where the look of a table says what it is for, before any column is weighed against another."""
    if target is None and (task in ("masked", "language_model") or (task is None and is_running_text(table))):
        read, seen = text_column(table, text)
        reasons = {"text": seen, "target": "", "task": "there are texts, and nothing to predict"}
        return Guess({"text": read}, "", "masked" if task is None else cast(Task, task), reasons)
    asked = asked_in(table, target) if text is None and task in (None, "answer") else None
    if asked is not None:
        return _asked(table, *asked)
    talks = target is None and text is None and task in (None, "instruct", "prefer")
    talk = conversation_columns(table) if talks else None
    if talk is not None:
        why = {"text": talk[1], "target": "", "task": "there are answers to learn"}
        return Guess(talk[0], "", "prefer" if "chosen" in talk[0] else "instruct", dict.fromkeys(*talk) | why)
    tagged = _tagged(table, text, target)
    if tagged is None and task in (None, "translate", "summarise"):
        tagged = _written(table, text, target)
    compares = tagged is None and task in (None, "similarity", "embed")
    return _compared(table, text, target) if compares else tagged


def _tagged(table: Table, text: str | None, target: str | None) -> Guess | None:
    """The guess where words are tagged or entities are laid over a text: neither can mean anything else."""
    words = tags_of(table, text, target)
    if words is not None:
        why = f"{words[1]!r} holds a tag for each word of {words[0]!r}"
        inputs, place = {"tokens": words[0]}, words[1]
    else:
        found = entities_over(table, text, target)
        if found is None:
            return None
        why = f"{found[1]!r} holds places in {found[0]!r} with labels"
        inputs, place = {"text": found[0]}, found[1]
    return Guess(inputs, place, "tag", {"text": why, "tokens": why, "target": why, "task": "entities in a text"})


def _written(table: Table, text: str | None, target: str | None) -> Guess | None:
    """The guess where one column is a translation or a summary of another."""
    found = written_target(table, text, target)
    if found is None:
        return None
    languages = {"source_language": found.source_language, "target_language": found.target_language}
    kind: Task = "translate" if found.task == "translate" else "summarise"
    return Guess(
        {"text": found.text},
        found.target,
        kind,
        {"text": found.why, "target": found.why, "task": "the target is a text"},
        settings={name: code for name, code in languages.items() if code},
    )


def _asked(table: Table, question: str, context: str, answers: str) -> Guess:
    """The guess where answers stand in a context, whole articles together where there are titles."""
    why = f"{answers!r} holds places in {context!r}"
    reasons = {
        "text": f"{question!r} is asked about {context!r}",
        "question": f"{question!r} is asked about {context!r}",
        "target": why,
        "task": "answers are places in a text",
    }
    title = "title" if "title" in table.columns and "title" not in (question, context, answers) else None
    return Guess({"question": question, "context": context}, answers, "answer", reasons, group=title)


def _compared(table: Table, text: str | None, target: str | None) -> Guess | None:
    """The guess where two texts are compared, or belong together."""
    found = None if text is not None else compared(table, target)
    if found is None:
        return None
    inputs = {"text": found.first, "pair": found.second}
    why = {"text": found.why_pair, "pair": found.why_pair}
    if found.negative:
        inputs["negative"] = found.negative
        why["negative"] = "holds texts that do not belong to the first one's, as its name says"
    if not found.target:
        return Guess(inputs, "", "embed", why | {"target": "", "task": "pairs of texts without a label"})
    reasons = why | {"target": "given" if target else found.why_target, "task": "two texts and a number"}
    return Guess(inputs, found.target, "similarity", reasons)


def _text_worth(column: ColumnProfile) -> float:
    """Long and varied, or called like a text; 0 for what cannot be read."""
    if column.numeric > 0.5 or column.width < _LEAST_WIDTH / 2:
        return 0.0
    named = text_score(column.name)
    if column.width < _LEAST_WIDTH and not named:
        return 0.0
    return column.variety * (log(1 + column.width) + 1.5 * named) if column.variety > 0.02 else 0.0


def _target_worth(column: ColumnProfile) -> float:
    """Few values that come back, or called like a target; 0 for what cannot be learned."""
    named = target_score(column.name)
    if column.lists:
        return named * 0.7
    if column.fractions > 0.05:  # numbers with a fraction are no classes
        return named or 0.5
    if column.numeric == 1 and named >= _SURE:
        return named
    comes_back = column.variety <= 0.5 or (column.variety < 1 and named > 0 and column.distinct <= 20)
    if not comes_back or column.distinct > _MOST_CLASSES or column.width > 60:
        return 0.0
    balance = 1.0 - 0.5 * column.variety - 0.05 * log(column.distinct)
    return named + max(balance, 0.1) * (0.5 if column.filled < 0.9 else 1.0)


def _pick_target(targets: Sequence[ColumnProfile], texts: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """The best one, if its name speaks for it or it is the only one beside the text."""
    candidates = [column for column in targets if not texts or column.name != texts[0].name] or list(targets)
    if not candidates:
        return None
    named = [column for column in candidates if target_score(column.name) >= _SURE]
    if named:
        return named[0]
    return candidates[0] if len(candidates) == 1 else None


def _inputs(texts: Sequence[ColumnProfile]) -> tuple[dict[str, str], dict[str, str]]:
    pair = pair_of([column.name for column in texts])
    if pair:
        why = f"{pair[0]!r} and {pair[1]!r} are the names of two texts that are read together"
        return {"text": pair[0], "pair": pair[1]}, {"text": why, "pair": why}
    best = texts[0]
    named = "is called like a text, " if text_score(best.name) >= _SURE else ""
    why = f"{named}is {best.length:.0f} characters long on average, and differs in {best.variety:.0%} of the rows"
    return {"text": best.name}, {"text": why}


def _why_target(target: ColumnProfile) -> str:
    named = "is called like a target and " if target_score(target.name) >= _SURE else "is the only one that "
    return f"{named}holds {rows(target.distinct, 'different value')}"


def _task(target: ColumnProfile) -> tuple[Task, str]:
    if target.lists:
        return "multilabel", f"{target.name!r} holds several values in one cell"
    if target.fractions > 0.05 and target.numeric == 1:
        return "regress", f"{target.name!r} holds numbers with a fraction"
    if target.numeric == 1 and target.distinct > 30 and target.variety > 0.05:
        return "regress", f"{target.name!r} holds {target.distinct} different numbers"
    return "classify", f"{target.name!r} holds one of {target.distinct} values"


def _cannot_tell(table: Table, columns: Sequence[ColumnProfile], what: str) -> UserError:
    lines = [
        f"    {column.name!r}: {rows(column.distinct, 'different value')}, "
        f"{rows(round(column.length), 'character')} on average" + (", tells rows apart" if column.is_id else "")
        for column in columns
    ]
    listed = "\n".join(lines)
    return UserError(
        f"{table.name}: {what}\n  Columns:\n{listed}\n"
        f"  Say it: tunewright init {table.name} --text COLUMN --target COLUMN"
    )
