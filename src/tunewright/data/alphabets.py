"""Which alphabets each one-byte encoding was made for.

Western, Central European, Turkish and Baltic encodings differ in a few letters and decode each other's files without an
error. A text gives itself away by its letters: `ç ð ý þ ü` together are no language's, `ç ğ ı ş ü` are Turkish. In the
other alphabets a few letters make up most of any text.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

__all__ = ["FREQUENT", "LATIN", "coverage", "frequent_share"]

LATIN: dict[str, tuple[str, ...]] = {
    "cp1252": (
        "àâæçéèêëîïôœùûüÿ",  # French
        "äöüß",  # German
        "áéíñóúü",  # Spanish
        "àèéìíîòóùú",  # Italian
        "áâãàçéêíóôõúü",  # Portuguese
        "åäöéæøü",  # Swedish, Finnish, Danish, Norwegian
        "áðéíóúýþæö",  # Icelandic
        "äõöüšž",  # Estonian
        "áàâäèéêëïíìóòôöúùûüçñ",  # Dutch, Catalan, and loan words
    ),
    "cp1250": (
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîşţ",  # Romanian
        "čćđšž",  # Croatian, Slovenian, Bosnian
    ),
    "cp1254": ("çğıöşüâîû",),  # Turkish
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž"),  # Lithuanian, Latvian
}
FREQUENT: dict[str, str] = {
    "cp1251": "оеаинтсрвлкмді",
    "koi8_r": "оеаинтсрвлкм",
    "cp1253": "αοιετσνηυρπκςό",
    "cp1255": "יוהלארמשנבתד",
    "cp1256": "اليمونرتبةعد",
    "cp874": "านรกอเง่มยลวดท",
}
"""The letters that make up about two thirds of a text in Cyrillic, Greek, Hebrew, Arabic and Thai."""


def coverage(text: str, codec: str) -> float:
    """Largest share of the non-ASCII letters that one alphabet of the encoding accounts for, 0..1; 0 without any."""
    # dotted capital I folds to two characters, of which the first is ASCII
    counts = Counter(mark.lower()[0] for mark in text if not mark.isascii() and mark.isalpha())
    counts = Counter({mark: count for mark, count in counts.items() if not mark.isascii()})
    total = sum(counts.values())
    if not total:
        return 0.0
    return max(sum(counts[mark] for mark in alphabet) for alphabet in LATIN[codec]) / total


def frequent_share(text: str, codec: str) -> float:
    """Share of the non-ASCII letters that are the frequent ones of the encoding's alphabet, 0..1.

    0 where capitals stand behind small letters or outnumber them, or where letters touch ASCII letters: so it looks
    when another alphabet's bytes are read as this one's.
    """
    letters = [mark for mark in text if not mark.isascii() and (mark.isalpha() or "\u0e00" <= mark <= "\u0e7f")]
    inside = sum(now.isupper() and before.islower() for before, now in pairwise(text))
    capitals = sum(mark.isupper() for mark in letters)
    touching = sum(now.isascii() != then.isascii() and now.isalpha() and then.isalpha() for now, then in pairwise(text))
    if not letters or inside > 0.05 * len(letters) or 2 * capitals > len(letters) or touching > 0.2 * len(letters):
        return 0.0
    return sum(mark.lower() in FREQUENT[codec] for mark in letters) / len(letters)
