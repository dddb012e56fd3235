"""What the audit says about each kind of trouble: the sentence, the silent harm, the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tunewright.records import Finding, Place

__all__ = ["MOST_PLACES", "ROW_FAULTS", "Severity", "finding", "rows"]

Severity = Literal["error", "warning", "info"]
MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    harm: str
    advice: str
    at_fault: bool = False
    """Whether such rows are what `data.on_bad_row` is about."""


_SKIP = "Mend the rows, or type data.on_bad_row=skip to leave them out."
_SKIPPED = "Left out, as data.on_bad_row=skip says; what is mended is read again."
_WORDS: dict[str, _Words] = {
    "ragged": _Words(
        "{rows} {have} too few or too many cells",
        "Filled up or cut off, texts move into the column of labels and labels become texts.",
        "Cells that hold the delimiter must stand in quotes; data.delimiter=';' names another delimiter.",
        at_fault=True,
    ),
    "stray_quote": _Words(
        "{rows} {have} text behind a closing quote",
        "A lenient reader drops the quotes and glues the rest on, and so learns a text nobody wrote.",
        'Double quotes inside a quoted cell (""), or type data.quoting=false if quotes are text in this file.',
        at_fault=True,
    ),
    "unclosed_quote": _Words(
        "{rows} {open} a quote that is not closed",
        "A lenient reader swallows all rows up to the next quote, or to the file's end, into one cell.",
        "Close the quote, or type data.quoting=false if quotes are text in this file.",
        at_fault=True,
    ),
    "undecodable": _Words(
        "{rows} {hold} bytes that are not in the file's encoding",
        "Replaced by question marks or read as another encoding, words become ones the model has never seen.",
        "If the whole file is in another encoding, name it: data.encoding=gb18030.",
        at_fault=True,
    ),
    "unreadable": _Words(
        "{rows} {are} no JSON object",
        "Skipped in silence, such rows are missing from training and from every count.",
        "",
        at_fault=True,
    ),
    "empty_input": _Words(
        "{rows} {have} no text to read",
        "The model would learn to give a label to nothing, and be counted right or wrong for it.",
        "",
        at_fault=True,
    ),
    "missing_file": _Words(
        "{rows} {have} a file that is not there",
        "Passed over in silence, the model would learn from fewer rows than the table has, and nobody would know.",
        "Paths are read from the folder of the table's own file; what stands on the web must be fetched first.",
        at_fault=True,
    ),
    "broken_media": _Words(
        "{rows} {hold} a picture or sound that cannot be read to its end",
        "A lenient reader fills what is missing with grey or silence, which is then learned under the row's label.",
        "Fetch or export these files again.",
        at_fault=True,
    ),
    "empty_sound": _Words(
        "{rows} {hold} a sound of no length",
        "The model would learn to give a label to silence, and be counted right or wrong for it.",
        "",
        at_fault=True,
    ),
    "unlabelled": _Words(
        "{rows} {have} no label",
        "Taken as a class of its own, the empty label would be learned and predicted.",
        "",
        at_fault=True,
    ),
    "not_a_label": _Words(
        "{rows} {have} a target that is no label", "Which label is meant would be a guess.", "", at_fault=True
    ),
    "not_a_number": _Words(
        "{rows} {have} a target that is no number",
        "Read as not-a-number, one of them makes every weight not-a-number.",
        "Write plain numbers with a decimal point: 3.5.",
        at_fault=True,
    ),
    "bad_entities": _Words(
        "{rows} {have} entities that cannot be read",
        "Repaired by guessing, words are learned under labels that nobody gave them; passed over, they are learned as "
        "none.",
        "The note behind each place says what is wrong. " + _SKIP,
    ),
    "bad_answer": _Words(
        "{rows} {have} an answer that cannot be read",
        "Learned as it is, the model would point at other words than those that answer; passed over, at none.",
        "The note behind each place says what is wrong.",
        at_fault=True,
    ),
    "bad_conversation": _Words(
        "{rows} {have} a conversation that cannot be learned from",
        "Repaired by guessing, questions are learned as answers; passed over, the row teaches nothing.",
        "The note behind each place says what is wrong.",
        at_fault=True,
    ),
    "tag_scheme": _Words(
        "{files} {are} tagged in a scheme that was recognised",
        "Read as another scheme, entities are cut in two or run into one another.",
        "Look at the entities counted below; if they are too many or too few, the file mixes schemes.",
    ),
    "unseen_label": _Words(
        "{rows} of validation or test {have} a label that no training row has",
        "The model cannot predict it, so these rows can only be wrong, whatever it has learned.",
        "Check the spelling, or add training rows of that label.",
        at_fault=True,
    ),
    "duplicate": _Words(
        "{rows} {repeat} an earlier row exactly",
        "Repeated rows weigh more than others in training and in every figure.",
        "They never part over two splits. Remove them from the file if they are a mistake of collecting.",
    ),
    "near_duplicate": _Words(
        "{rows} {repeat} an earlier row up to case, width or spacing",
        "Copies that differ only in form weigh as much as new information.",
        "They never part over two splits. Remove them from the file if they are a mistake of collecting.",
    ),
    "conflict": _Words(
        "{rows} {have} the same input as another row and another target",
        "No model can be right on both: they bound the best figure that can be reached.",
        "Decide on one target for each input, or make it a multilabel task if both are right.",
    ),
    "label_variants": _Words(
        "{rows} {have} a label that differs from a more frequent one only in case, width or spacing",
        "Each spelling is learned as a class of its own, and being right on the other one counts as wrong.",
        "Spell each label in one way.",
    ),
    "number_variants": _Words(
        "{rows} {have} a label that is the number of a more frequent one, written differently",
        "Labels are texts here: each way of writing is learned as a class of its own, and the other counts as wrong.",
        "If they mean the same, write each in one way.",
    ),
    "validation_in_test": _Words(
        "{rows} of validation {have} an input that also stands in test",
        "The best epoch is chosen by rows of the test set, so the test figure is too good.",
        "Remove them from the validation file.",
    ),
    "no_group": _Words(
        "{rows} {have} no value in the group column",
        "Rows that belong together cannot be kept together without it.",
        "Each is treated as a group of its own. Fill the column if that is wrong.",
    ),
    "no_labels": _Words(
        "{rows} {carry} no label at all",
        "This is right when none applies, and wrong when the labels are missing.",
        "Check some of them.",
    ),
    "missing_marker": _Words(
        "{rows} {have} a label that often stands for a missing one",
        "Some programs write a missing value as such a word; it would be learned as a class of its own.",
        "If it means that, empty the cells: data.on_bad_row=skip leaves them out.",
    ),
    "missing_text": _Words(
        "{rows} {have} nothing to read but a word that often stands for a missing text",
        "Some programs write an empty cell as NA, null or nan; the model would learn a label for that word.",
        "If it means that, empty the cells: data.on_bad_row=skip leaves them out. Else they are read as written.",
    ),
    "encoding": _Words(
        "{files} {are} not in UTF-8",
        "An encoding found by its look can be the wrong one, and then every word with an accent is a wrong word.",
        "Look at some rows. Another one is named with data.encoding=NAME.",
    ),
    "no_header": _Words(
        "{files} {start} with data where the column names should stand",
        "Taken for names, the first row would be missing, and no column could be named.",
        "The columns are called column_1, column_2, ... Write a line of names on top to give them better ones.",
    ),
}

ROW_FAULTS = frozenset(code for code, words in _WORDS.items() if words.at_fault)
"""Findings about rows that `data.on_bad_row` refuses or leaves out."""


def rows(count: int, noun: str = "row") -> str:
    """`1 row`, `1,234 rows`, `2 entities`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{count:,} {noun}s"


def finding(
    code: str,
    severity: Severity,
    places: Sequence[Place],
    *,
    count: int | None = None,
    advice: str = "",
    harm: str = "",
) -> Finding:
    """A finding in the house's words.

    Args:
        code: one that the table above knows.
        severity: how bad it is here.
        places: the rows concerned; the first 20 are kept.
        count: rows concerned, if that is not the number of places.
        advice: instead of the usual advice.
        harm: instead of the usual harm.
    """
    number = len(places) if count is None else count
    words = _WORDS[code]
    return Finding(
        code=code,
        severity=severity,
        title=_agree(words.title, number),
        count=number,
        places=tuple(places[:MOST_PLACES]),
        harm=harm or words.harm,
        advice=advice or _advice(words, severity),
    )


def _advice(words: _Words, severity: Severity) -> str:
    """What to do; for rows at fault also how to leave them out, or that this has been done."""
    if not words.at_fault:
        return words.advice
    return f"{words.advice} {_SKIP if severity == 'error' else _SKIPPED}".strip()


def _agree(title: str, number: int) -> str:
    """Fill in the count and make the verb agree with it."""
    one = {"have": "has", "are": "is", "carry": "carries"}
    verbs = {
        verb: (one.get(verb, f"{verb}s") if number == 1 else verb)
        for verb in ("have", "are", "hold", "open", "repeat", "carry", "start")
    }
    return title.format(rows=rows(number), files=rows(number, "file"), **verbs)
