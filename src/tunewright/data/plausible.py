"""How much a decoded text looks like writing: what tells one legacy encoding from another.

Most legacy encodings can decode almost any bytes, so that a strict decode proves little. What gives the right one away
is that writing uses common characters: the standards GB 2312, Big5, JIS X 0208 and KS X 1001 put the frequent
characters into a first level, and bytes of another encoding fall all over the second.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

__all__ = ["chinese_simplified", "chinese_traditional", "in_words", "japanese", "korean", "vietnamese", "western"]

_PUNCTUATION = range(0x3000, 0x3040), range(0xFF01, 0xFF61), range(0x2010, 0x2030)
_KANA = range(0x3040, 0x3100)
_HANGUL = range(0xAC00, 0xD7A4)
_VOWELS = frozenset("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")
_VIETNAMESE_MARKS = frozenset("\u0300\u0301\u0303\u0309\u0323")
_WESTERN_MARKS = frozenset("\u2018\u2019\u201c\u201d\u201e\u2013\u2014\u2026\u2022€£¥§°©®™«»¿¡ªº´·×½¼¾±\u00a0\u00ad")
_INSIDE_WORDS = frozenset("\u2019\u2013\u2014\u2026·\u00a0\u00ad")
_WESTERN_WORDS = frozenset("àáâäåæèéêëìíîòóôöøùúûüÀÁÂÄÅÆÈÉÊÌÍÒÓÔÖØÙÚÜçÇ")


def chinese_simplified(text: str) -> float:
    """Share of the non-ASCII characters that are first-level hanzi of GB 2312, 0..1."""
    return _share(text, lambda mark: _lead_in(mark, "gb2312", 0xB0, 0xD7))


def chinese_traditional(text: str) -> float:
    """Share of the non-ASCII characters that are first-level hanzi of Big5, 0..1.

    0 when nearly all of their second bytes are ASCII: `25°C` in Latin-1 is a frequent hanzi in Big5, too.
    """
    counts = _marks(text)
    wide = sum(count for mark, count in counts.items() if mark.encode("big5", "replace")[-1] >= 0x80)
    return _share(text, lambda mark: _lead_in(mark, "big5", 0xA4, 0xC6)) if 4 * wide > sum(counts.values()) else 0.0


def japanese(text: str) -> float:
    """Share of kana and first-level kanji of JIS X 0208, 0..1; without any kana it is no Japanese, and 0."""
    counts = _marks(text)
    kana = sum(count for mark, count in counts.items() if ord(mark) in _KANA)
    if kana < 0.1 * sum(counts.values()):
        return 0.0
    return _share(text, lambda mark: ord(mark) in _KANA or _lead_in(mark, "shift_jis", 0x88, 0x97))


def korean(text: str) -> float:
    """Share of the non-ASCII characters that are hangul of KS X 1001, 0..1."""
    return _share(text, lambda mark: ord(mark) in _HANGUL and _lead_in(mark, "euc_kr", 0xB0, 0xC8))


def vietnamese(text: str) -> float:
    """Share of combining tone marks that stand on a vowel, 0..1; 0 where tone marks are too rare for Vietnamese."""
    high = on_vowel = tones = 0
    for before, mark in zip(" " + text, text, strict=False):
        if mark.isascii():
            continue
        high += 1
        if mark in _VIETNAMESE_MARKS:
            tones += 1
            on_vowel += before in _VOWELS
    return on_vowel / tones if tones >= max(1, 0.2 * high) else 0.0


def in_words(text: str) -> float:
    """Share of the non-ASCII characters that are letters next to a letter, or common signs between words, 0..1."""
    high = good = 0
    for before, mark, after in _with_neighbours(text):
        high += 1
        good += (before.isalpha() or after.isalpha()) if mark.isalpha() else _is_sign(before, mark, after)
    return good / high if high else 0.0


def western(text: str) -> float:
    """Share of the non-ASCII characters that stand where Western European writing puts them, 0..1.

    A letter must lean on an ASCII letter and not be the only capital inside a word; a sign must be a common one.
    """
    high = good = 0
    for before, mark, after in _with_neighbours(text):
        high += 1
        if not mark.isalpha() or mark in "ªº":
            good += _is_sign(before, mark, after)
        elif not (mark.isupper() and (before.islower() or (before.isalpha() and after.islower()))):
            leans = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
            alone = not before.isalpha() and not after.isalpha()
            good += leans or (alone and mark in _WESTERN_WORDS)
    return good / high if high else 0.0


def _with_neighbours(text: str) -> Iterator[tuple[str, str, str]]:
    """Each non-ASCII character between the one before and the one after it."""
    padded = f" {text} "
    for index, mark in enumerate(text, start=1):
        if not mark.isascii():
            yield padded[index - 1], mark, padded[index + 1]


def _is_sign(before: str, mark: str, after: str) -> bool:
    inside = before.isalpha() and after.isalpha()
    return mark in _WESTERN_MARKS and (not inside or mark in _INSIDE_WORDS)


def _marks(text: str) -> Counter[str]:
    """Non-ASCII characters that are neither punctuation nor spaces, with their counts."""
    counts = Counter(text)
    for mark in list(counts):
        point = ord(mark)
        if point < 0x80 or any(point in block for block in _PUNCTUATION) or unicodedata.category(mark) == "Zs":
            del counts[mark]
    return counts


def _share(text: str, common: Callable[[str], bool]) -> float:
    counts = _marks(text)
    total = sum(counts.values())
    if not total:
        return 0.0
    return sum(count for mark, count in counts.items() if common(mark)) / total


def _lead_in(mark: str, codec: str, low: int, high: int) -> bool:
    """Whether a character's first byte in a codec of two bytes lies in a range."""
    try:
        encoded = mark.encode(codec)
    except UnicodeEncodeError:
        return False
    return len(encoded) == 2 and low <= encoded[0] <= high
