"""Which base model `tunewright init` writes, and which others it names beside it, with sizes and licences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tunewright.data.guess_written import language_of
from tunewright.data.table import Cell
from tunewright.pipeline.starter_media import MEDIA
from tunewright.recipe.starting_models import StartingModel, starting_models

__all__ = ["SAMPLE", "NamedModels", "Texts", "named_models", "texts_of"]

SAMPLE = "sample://minilm"
_ROWS = 500
_SEEN = 4096
"""Characters of a text that are looked at."""
_LONG, _LONG_SHARE = 512, 0.1
"""Texts are long where so many of them have more tokens than most encoders read."""
_WIDE = 0x2E80
"""From here on a character is a token, more or less; before, four make one."""
_FOREIGN_SHARE = 0.1
"""Letters of other scripts, beyond which texts in Latin letters are no longer called so."""
_GIVEN_NOTE = "a hub id, a local folder, or sample://minilm (English, 23M parameters)"
_SAMPLE_NOTE = "English, 23M parameters, Apache-2.0, needs no network; a hub id or a local folder goes here, too"
_WRITTEN_IN = {
    "en": "English", "zh": "Chinese", "vi": "Vietnamese", "ja": "Japanese", "ko": "Korean", "th": "Thai",
    "ru": "Cyrillic letters", "ar": "Arabic letters", "he": "Hebrew letters", "el": "Greek letters",
    "hi": "Devanagari letters",
}  # fmt: skip
"""What can be told of a language by its letters; of those that share them no more than that is said."""
_BEYOND_SAMPLE = ("translate", "summarise", "language_model", "instruct", "prefer")
"""What the sample model, an encoder, cannot be trained for."""
_NO_LANGUAGES = (
    "Which languages these are cannot be told. Name both, by the codes of the model: "
    "task: {kind: translate, source_language: en, target_language: de}"
)
_LATIN = "Latin letters, in English or in another language"
_MIXED = "more than one script"


@dataclass(frozen=True, slots=True)
class Texts:
    """What a glance at the texts of a table tells.

    Attributes:
        language: ISO 639-1; for letters that several languages share the commonest of them; None where unknown.
        written_in: the same in words; empty where there are no letters.
        long: whether many are longer than most encoders read.
    """

    language: str | None
    written_in: str
    long: bool


@dataclass(frozen=True, slots=True)
class NamedModels:
    """What a page says of base models.

    Attributes:
        model: the one that it names.
        note: the comment behind it.
        others: comment lines below it, each with its line break.
        notes: what must be known before the page is used.
    """

    model: str
    note: str
    others: str = ""
    notes: tuple[str, ...] = ()


def texts_of(columns: Iterable[Sequence[Cell]]) -> Texts:
    """Look at some rows, taken evenly over the table."""
    some = [_as_text(cell)[:_SEEN] for cells in columns for cell in cells[:: max(1, len(cells) // _ROWS)]]
    found = [text for text in some if text.strip()]
    letters = [mark for text in found for mark in text if mark.isalpha()]
    script, language = language_of("", found)
    if script == "" and sum(map(_is_foreign, letters)) > _FOREIGN_SHARE * len(letters):
        script, language = "?", None
    written_in = _WRITTEN_IN.get(language or "", _LATIN if script == "" else _MIXED)
    tokens = [sum(1.0 if ord(mark) >= _WIDE else 0.25 for mark in text) for text in found]
    long = sum(count > _LONG for count in tokens) > _LONG_SHARE * len(tokens)
    return Texts(language, written_in if letters else "", long)


def named_models(
    task: str, inputs: Mapping[str, str], texts: Texts, settings: Mapping[str, str], given: str | None
) -> NamedModels:
    """The model that a page names, and two or three that would suit as well.

    Args:
        task: kind of task.
        inputs: role to column, as guessed.
        texts: of the columns that are read.
        settings: fields of the task that are known: the languages of a translation.
        given: the model that the user has named.
    """
    if given is not None:
        return NamedModels(given, _GIVEN_NOTE)
    reads = "+".join(sorted({role if role in MEDIA else "text" for role in inputs}))
    language = texts.language
    if task == "translate":
        language = "-".join(settings.values()) if len(settings) == 2 else None
    found = starting_models(task, reads=reads, language=language, long=texts.long)
    begins_small = task not in _BEYOND_SAMPLE and reads == "text"
    first = SAMPLE if begins_small else found[0].id if found else MEDIA[next(iter(inputs))].model
    note = _SAMPLE_NOTE if begins_small else next((_said(one) for one in found if one.id == first), _GIVEN_NOTE)
    others = [one for one in found if one.id != first]
    notes: tuple[str, ...] = ()
    if begins_small and texts.written_in not in ("", "English", _LATIN):
        notes = _foreign(texts, others)
    elif task == "translate" and len(settings) < 2:
        notes = (_NO_LANGUAGES,)
    return NamedModels(first, note, _listed(others, task, texts), notes)


def _foreign(texts: Texts, others: Sequence[StartingModel]) -> tuple[str, ...]:
    found = [f"The texts are in {texts.written_in}, and {SAMPLE} knows English alone: it will do to try things out."]
    if others:
        found.append(f"For real use name another model, for example: model: {others[0].id}")
    return tuple(found)


def _listed(models: Sequence[StartingModel], task: str, texts: Texts) -> str:
    """The models as comments, each so that its line can be copied."""
    if not models:
        return ""
    about = f" on texts in {texts.written_in}" if texts.written_in else ""
    lines = [f"# Others for {task}{about}, with the licences that their cards name (more: tunewright models):"]
    width = max(len(one.id) for one in models)
    return "".join(f"{line}\n" for line in [*lines, *(f"#   {one.id:<{width}}  {_said(one)}" for one in models)])


def _said(model: StartingModel) -> str:
    return f"{model.prefer}; {model.facts}"


def _is_foreign(letter: str) -> bool:
    """Whether it is no Latin letter, with or without marks."""
    return ord(letter) >= 0x250 and not 0x1E00 <= ord(letter) < 0x1F00


def _as_text(cell: Cell) -> str:
    if isinstance(cell, (tuple, list)):
        return " ".join(map(str, cell))
    return "" if cell is None else str(cell)
