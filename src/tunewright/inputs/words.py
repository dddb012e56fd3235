"""Words of a text and the tokens that begin them: what a label a word hangs on.

Words are the tokens of the data where it holds tokens. In running text they are runs of letters and runs of digits,
each sign alone, and each character of a script that is written without spaces. So they depend on the text alone: two
models with other vocabularies are measured on the same entities.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Spans", "Words", "beginnings", "joined", "starts_word", "words_of"]

Spans = NDArray[np.int32]
"""(words, 2) first character and the one behind the last."""

# Thai, Lao, Myanmar, Khmer, kana, hanzi with their extensions
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED_HIGH = "\U00020000-\U000323af"
_WIDE_SIGNS = "\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"


@dataclass(frozen=True, eq=False)
class Words:
    """The words of many rows, flat in memory.

    Attributes:
        spans: int32 (words, 2) characters of each word, all rows one after another.
        offsets: int64 (rows + 1,), row i has `spans[offsets[i]:offsets[i + 1]]`.
        first: int32 (tokens,) which word of its row a token begins, -1 for all other tokens.
        given: whether the words are the data's own; targets then count words, and else characters.
    """

    spans: Spans
    offsets: NDArray[np.int64]
    first: NDArray[np.int32]
    given: bool = False

    def of(self, row: int) -> Spans:
        """Words of one row."""
        return self.spans[self.offsets[row] : self.offsets[row + 1]]


def words_of(text: str) -> Spans:
    """Where the words of running text stand."""
    found = [match.span() for match in _pattern().finditer(text)]
    return np.array(found, dtype=np.int32).reshape(-1, 2)


def starts_word(text: str, place: int) -> bool:
    """Whether a text may be parted before the character at `place` without cutting a word in two."""
    if not 0 < place < len(text):
        return True
    around = text[place - 1 : place + 1]
    return any(character.isspace() or _closes().fullmatch(character) for character in around)


def joined(tokens: Sequence[str]) -> tuple[str, Spans]:
    """Tokens as the text they were cut from, and where each stands in it.

    A space between two tokens, and none between two characters of scripts that have none (Chinese, Japanese, Thai).
    """
    close = _closes()
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    position, before = 0, ""
    for token in tokens:
        if before and not (close.fullmatch(before) and close.fullmatch(token[:1])):
            parts.append(" ")
            position += 1
        parts.append(token)
        spans.append((position, position + len(token)))
        position += len(token)
        before = token[-1:] or before
    return "".join(parts), np.array(spans, dtype=np.int32).reshape(-1, 2)


def beginnings(words: Spans, windows: Sequence[NDArray[np.int64]]) -> list[NDArray[np.int32]]:
    """For each token of each window of a row, the word it begins, or -1.

    A word begins with the first token that overlaps it. In a window that starts inside a word, that word has no
    beginning; of words that share a token, the first has it.

    Args:
        words: of the row, in order, not overlapping.
        windows: (tokens, 2) characters of each token, (0, 0) for special ones.
    """
    starts, ends = words[:, 0], words[:, 1]
    touched: list[NDArray[np.int64]] = []
    earliest = np.full(len(words), np.iinfo(np.int64).max)
    for tokens in windows:
        word = np.searchsorted(ends, tokens[:, 0], side="right")
        inside = (word < len(words)) & (tokens[:, 1] > tokens[:, 0])
        inside[inside] = starts[word[inside]] < tokens[inside, 1]
        word = np.where(inside, word, -1)
        np.minimum.at(earliest, word[inside], tokens[inside, 0])
        touched.append(word)
    found = []
    for tokens, word in zip(windows, touched, strict=True):
        first = np.full(len(tokens), -1, dtype=np.int32)
        at = np.flatnonzero(word >= 0)
        at = at[tokens[at, 0] == earliest[word[at]]]
        own, where = np.unique(word[at], return_index=True)
        first[at[where]] = own
        found.append(first)
    return found


@functools.cache
def _pattern() -> re.Pattern[str]:
    """A word: characters of an unspaced script one by one, runs of letters or digits with their marks, signs alone."""
    marks = _ranges([c for c in range(sys.maxunicode) if unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")])
    alone = f"[{_UNSPACED}{_UNSPACED_HIGH}]"
    letters = f"(?:(?!{alone})[^\\W\\d_][{marks}]*)+"
    return re.compile(f"{alone}[{marks}]*|{letters}|\\d+|[^\\s][{marks}\\u200d\\ufe0f]*")


@functools.cache
def _closes() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}{_UNSPACED_HIGH}{_WIDE_SIGNS}]")


def _ranges(points: Sequence[int]) -> str:
    """A character class of sorted code points."""
    pieces, start, last = [], points[0], points[0]
    for point in [*points[1:], -1]:
        if point != last + 1:
            pieces.append(f"{chr(start)}-{chr(last)}" if last > start else chr(start))
            start = point
        last = point
    return "".join(pieces)
