"""Recognises tables whose target is a text: translations, and summaries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from tunewright.data.column_names import target_score
from tunewright.data.languages import latin_language
from tunewright.data.profile import ColumnProfile, profile_of, words_of_name
from tunewright.data.table import Cell, Table

__all__ = ["WrittenGuess", "language_of", "written_target"]

_SAMPLE = 500
_VARIED = 0.3
_MOSTLY = 0.7
_TOGETHER = 0.5
"""Correlation of lengths: a text and its translation are long and short together."""
_SHORTER = 3.0
"""A summary's text is so many times longer."""
_NAMES = {
    "en": "en eng english anglais inglés 英文 英语 英語",
    "zh": "zh chi zho cmn chinese mandarin 中文 汉语 漢語 汉文",
    "vi": "vi vie vietnamese việt 越南语", "fr": "fr fra fre french français 法语",
    "de": "de deu ger german deutsch 德语",
    "es": "es spa spanish español 西班牙语",
    "ja": "ja jpn japanese 日本語 日语", "ko": "ko kor korean 한국어 韩语",
    "ru": "ru rus russian русский 俄语", "pt": "pt por portuguese português", "it": "it ita italian italiano",
    "ar": "ar ara arabic 阿拉伯语",
    "th": "th tha thai 泰语", "id": "ind indonesian", "hi": "hin hindi",
    "nl": "nl nld dutch nederlands", "pl": "pl pol polish polski", "tr": "tr tur turkish türkçe", "uk": "ukr ukrainian",
}  # fmt: skip
_LANGUAGE = {word: code for code, words in _NAMES.items() for word in words.split()}
_SCRIPTS = {
    "ja": "\u3040-\u30ff", "zh": "\u3400-\u4dbf\u4e00-\u9fff", "ko": "\uac00-\ud7af", "ru": "\u0400-\u04ff",
    "el": "\u0370-\u03ff", "ar": "\u0600-\u06ff", "he": "\u0590-\u05ff", "th": "\u0e00-\u0e7f", "hi": "\u0900-\u097f",
    "": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
}  # fmt: skip
"""A language for each script, the commonest that is written in it; none for Latin letters."""
_KANA_IN_JAPANESE = 0.1
_TARGETS = frozenset(("target", "tgt", "translation", "译文", "翻译"))
_SUMMARIES = frozenset(("summary", "highlights", "tldr", "摘要", "总结"))


@dataclass(frozen=True, slots=True)
class WrittenGuess:
    """What is read and what is written.

    Attributes:
        text, target: the columns.
        task: the kind of task.
        source_language, target_language: ISO 639-1, where they can be told.
        why: one sentence.
    """

    text: str
    target: str
    task: str
    source_language: str | None
    target_language: str | None
    why: str


def written_target(table: Table, text: str | None = None, target: str | None = None) -> WrittenGuess | None:
    """Two columns of which one is a translation or a summary of the other; None where there are none, or where another
    column is called like a label.

    Args:
        table: what was read.
        text, target: columns that the user has named.
    """
    profiles = [profile_of(name, cells) for name, cells in table.columns.items() if name != table.row_paths]
    texts = [p for p in profiles if p.filled > 0.9 and p.variety > _VARIED and not p.numeric and p.length > 1]
    if target is None and any(target_score(p.name) >= 1.0 and p not in texts for p in profiles):
        return None
    fitting = [
        (source, wanted)
        for source, wanted in permutations([p for p in texts if not p.lists or p.width > 8], 2)
        if text in (None, source.name) and target in (None, wanted.name)
    ]
    return _summary(fitting) or _translation(table, fitting)


def language_of(name: str, cells: Sequence[Cell]) -> tuple[str, str | None]:
    """The script of a column's texts, as the key of a language that is written in it ("" for Latin, "?" for a mixture),
    and the language by the column's name or by its texts."""
    named = [_LANGUAGE[word] for word in words_of_name(name) if word in _LANGUAGE]
    sample = [cell for cell in cells[:: max(1, len(cells) // _SAMPLE)] if isinstance(cell, str)]
    joined = "".join(sample)
    counts = {key: len(re.findall(f"[{letters}]", joined)) for key, letters in _SCRIPTS.items()}
    letters = sum(counts.values())
    if letters and counts["ja"] / letters > _KANA_IN_JAPANESE:
        counts["ja"] += counts.pop("zh")  # Japanese writes with both
    script = max(counts, key=lambda key: counts[key])
    if not letters or counts[script] < _MOSTLY * letters:
        return "?", named[0] if named else None
    if named or script:
        return script, named[0] if named else script
    return script, latin_language(sample)


def _translation(table: Table, pairs: Sequence[tuple[ColumnProfile, ColumnProfile]]) -> WrittenGuess | None:
    """The pair whose lengths go together best, of those in two scripts, or named after two languages."""
    found: list[tuple[float, WrittenGuess]] = []
    for source, wanted in pairs:
        (script, language), (other_script, other) = (
            language_of(column.name, table.columns[column.name]) for column in (source, wanted)
        )
        both_named = all(_LANGUAGE.keys() & set(words_of_name(column.name)) for column in (source, wanted))
        if (
            "?" in (script, other_script)
            or (script == other_script and not both_named)
            or (language and language == other)
        ):
            continue
        together = _correlation(table.columns[source.name], table.columns[wanted.name])
        if together < _TOGETHER:
            continue
        how = "are called after two languages" if both_named else "are written in two scripts"
        why = f"{source.name!r} and {wanted.name!r} {how}, and are long and short together"
        late = bool(_TARGETS & set(words_of_name(wanted.name))) - bool(_TARGETS & set(words_of_name(source.name)))
        found.append((together + late, WrittenGuess(source.name, wanted.name, "translate", language, other, why)))
    return max(found, key=lambda one: one[0])[1] if found else None


def _summary(pairs: Sequence[tuple[ColumnProfile, ColumnProfile]]) -> WrittenGuess | None:
    for source, wanted in pairs:
        if _SUMMARIES & set(words_of_name(wanted.name)) and source.width > _SHORTER * wanted.width:
            why = f"{wanted.name!r} is called like a summary, and {source.name!r} is {source.width / wanted.width:.0f} "
            return WrittenGuess(source.name, wanted.name, "summarise", None, None, why + "times longer")
    return None


def _correlation(first: Sequence[Cell], second: Sequence[Cell]) -> float:
    step = max(1, len(first) // _SAMPLE)
    lengths = np.array([[len(a or ""), len(b or "")] for a, b in zip(first[::step], second[::step], strict=True)])
    if len(lengths) < 2 or (lengths.std(axis=0) == 0).any():
        return 0.0
    return round(float(np.corrcoef(lengths.T)[0, 1]), 6)  # the same for both directions, of which the first is taken
