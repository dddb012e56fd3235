"""Which language texts in Latin letters are written in, as far as a glance can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["latin_language"]

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    (
        "the", "and", "that", "this", "with", "you", "your", "are", "have", "has", "what", "how", "my", "of", "is",
        "it", "for", "from", "not", "which", "who", "he", "she", "his", "her", "they",
    )
)  # fmt: skip
"""Words that make up a fifth of English text. Some are words elsewhere (`is`, `of`, `for`), none is frequent there
together with the others."""
_ONLY_ENGLISH = _ENGLISH - {"are", "has", "of", "is", "it", "for", "not", "who", "he", "she", "his", "her"}
_ENGLISH_SHARE, _ONLY_ENGLISH_SHARE = 0.08, 0.025
_VIETNAMESE = frozenset("ơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
"""Letters with a horn, a hook, or two marks at once: no other language has more than a few of them."""
_VIETNAMESE_SHARE = 0.2
"""Of words with such a letter: in Vietnamese nearly half, in English with Vietnamese names an eighth."""
_LEAST_WORDS = 6


def latin_language(texts: Iterable[str]) -> str | None:
    """`vi` by its letters, `en` by its commonest words; None for any other language, and where words are too few to
    tell (titles, names, codes)."""
    words = [word for text in texts for word in _WORD.findall(text.casefold())]
    if sum(not _VIETNAMESE.isdisjoint(word) for word in words) > _VIETNAMESE_SHARE * len(words):
        return "vi"
    if len(words) < _LEAST_WORDS:
        return None
    common, own = (sum(word in known for word in words) for known in (_ENGLISH, _ONLY_ENGLISH))
    return "en" if common > _ENGLISH_SHARE * len(words) and own > _ONLY_ENGLISH_SHARE * len(words) else None
