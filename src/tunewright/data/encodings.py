"""Finds out in which encoding a file was written.

The order: what the recipe names; a byte-order mark; UTF-16 by its zero bytes; strict UTF-8; UTF-8 with some broken
lines (each of them a row at fault: reading the whole file as Latin-1 would turn every good line into `é`); then the
legacy encodings that decode it without an error, judged by how much the outcome looks like writing.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass, replace

from charset_normalizer import from_bytes

from tunewright.data import plausible
from tunewright.data.alphabets import FREQUENT, LATIN, coverage, frequent_share
from tunewright.errors import DataError, Problem, UserError, near_miss

__all__ = ["Decoding", "decoding_of"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
_EAST_ASIAN = (
    ("cp949", "euc-kr", plausible.korean, 0.93),
    ("cp932", "shift_jis", plausible.japanese, 0.85),
    ("euc_jp", "euc-jp", plausible.japanese, 0.85),
    ("gb18030", "gb18030", plausible.chinese_simplified, 0.75),
    ("big5hkscs", "big5", plausible.chinese_traditional, 0.75),
)
_KNOWN = ("utf-8", "utf-16", "gb18030", "gbk", "big5", "shift_jis", "euc-jp", "euc-kr", "latin-1", "cp1252", "cp1258")
_HIGH_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")
_SAMPLE = 200_000
_FEW = 16  # bytes over 127 that are too few to tell one alphabet from another
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a file's bytes become text.

    Attributes:
        codec: the codec's name for Python.
        name: the name for people.
        detected: False when the recipe named it.
        skip: bytes of the byte-order mark.
        clean: every byte can be decoded; otherwise the bytes that cannot stand in the text as lone surrogates.
    """

    codec: str
    name: str
    detected: bool
    skip: int = 0
    clean: bool = True

    def text(self, raw: bytes) -> str:
        """The whole text; undecodable bytes become lone surrogates (U+DC80 to U+DCFF), which no clean text holds."""
        return raw[self.skip :].decode(self.codec, "strict" if self.clean else "surrogateescape")

    def lines(self, raw: bytes) -> io.TextIOWrapper:
        """The text line by line with its line ends, without a second copy of the bytes."""
        stream = io.BytesIO(raw)
        stream.seek(self.skip)
        errors = "strict" if self.clean else "surrogateescape"
        return io.TextIOWrapper(stream, encoding=self.codec, errors=errors, newline="")


def decoding_of(raw: bytes, name: str, given: str | None = None) -> Decoding:
    """The encoding of a file's bytes.

    Args:
        raw: the whole file.
        name: the file, for messages.
        given: the encoding that the recipe names.

    Raises:
        UserError: `given` is no text encoding.
        DataError: `given` does not fit the file, or the bytes are cut in the middle of a UTF-16 character.
    """
    if given is not None:
        return _named(raw, name, given)
    for mark, codec, shown in _MARKS:
        if raw.startswith(mark):
            return _checked(raw, name, Decoding(codec, shown, True, len(mark)))
    wide = _wide_without_mark(raw)
    if wide:
        return _checked(raw, name, Decoding(wide, "utf-16", True))
    if _decodes(raw, "utf-8"):
        return Decoding("utf-8", "utf-8", True)
    if not _mostly_utf8(raw):
        legacy = _legacy(raw)
        if legacy:
            return legacy
    return Decoding("utf-8", "utf-8", True, clean=False)


def _named(raw: bytes, name: str, given: str) -> Decoding:
    try:
        codec = codecs.lookup(given).name
        b"a".decode(codec, "replace")  # a codec of bytes to bytes, such as base64, fails here
    except (LookupError, ValueError):
        hints = [near_miss(given, _KNOWN), f"Common ones: {', '.join(_KNOWN)}. Leave it out to have it detected."]
        raise UserError(
            f"data.encoding is {given!r}, which is no text encoding. {' '.join(filter(None, hints))}"
        ) from None
    if codec == "utf-8-sig":
        codec = "utf-8"
    skip, width = 0, ""
    for mark, marked, _ in _MARKS:
        if raw.startswith(mark) and codec.split("-")[:2] == marked.split("-")[:2]:
            skip, width = len(mark), marked
            break
    decoding = Decoding(width or codec, given, False, skip)
    if _decodes(raw[skip:], decoding.codec):
        return decoding
    if codec.startswith(("utf-16", "utf-32")):
        return _checked(raw, name, decoding)
    broken, high = _broken_lines(raw, decoding.codec)
    if broken * 2 > high:
        found = decoding_of(raw, name)
        raise DataError(
            f"{name} is not written in {given}.",
            [Problem("data.encoding", f"{broken} of {high} lines with other than ASCII cannot be decoded as {given}")],
            f"It looks like {found.name}. Type data.encoding={found.name.split()[0]}, or leave it out.",
        )
    return Decoding(decoding.codec, given, False, skip, clean=False)


def _checked(raw: bytes, name: str, decoding: Decoding) -> Decoding:
    """For encodings with a mark: what cannot be decoded is a damaged file where rows cannot be told apart."""
    if decoding.codec == "utf-8":
        return replace(decoding, clean=_decodes(raw[decoding.skip :], "utf-8"))
    try:
        raw[decoding.skip :].decode(decoding.codec)
    except UnicodeDecodeError as error:
        at = error.start + decoding.skip
        raise DataError(
            f"{name} cannot be decoded.",
            [Problem(name, f"byte {at} is no {decoding.name}: {error.reason}", "The file may be cut short.")],
            "Write the file again as UTF-8.",
        ) from None
    return decoding


def _decodes(raw: bytes, codec: str) -> bool:
    """Whether all bytes decode, without holding the decoded text."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    view = memoryview(raw)
    try:
        for start in range(0, len(raw), _CHUNK):
            decoder.decode(bytes(view[start : start + _CHUNK]))
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def _broken_lines(raw: bytes, codec: str) -> tuple[int, int]:
    """(lines that do not decode, lines with any byte over 127)."""
    broken = high = 0
    for match in _HIGH_LINE.finditer(raw):
        high += 1
        broken += not _decodes(match.group(), codec)
    return broken, high


def _mostly_utf8(raw: bytes) -> bool:
    """At least half of the lines with other than ASCII are valid UTF-8: other encodings hardly ever are."""
    broken, high = _broken_lines(raw, "utf-8")
    return broken * 2 <= high


def _wide_without_mark(raw: bytes) -> str:
    """`utf-16-le` or `utf-16-be` when zero bytes fill every second place, as in Latin text of 16 bits a character."""
    head = raw[:4096]
    if len(head) < 4 or len(raw) % 2:
        return ""
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.3 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.02 * half:
        return "utf-16-be"
    return ""


def _legacy(raw: bytes) -> Decoding | None:
    """The legacy encoding in which the file looks most like writing, or None when it looks like none."""
    sample = _high_sample(raw)
    best: tuple[float, str, str] | None = None
    for codec, name, likeness, least in _EAST_ASIAN:
        if _decodes(raw, codec):
            score = likeness(sample.decode(codec, "replace"))
            if score >= least and (best is None or score > best[0]):
                best = (score, codec, name)
    if best:
        return Decoding(best[1], best[2], True)
    if _decodes(raw, "cp1258") and plausible.vietnamese(sample.decode("cp1258")) > 0.95:
        return Decoding("cp1258", "cp1258", True)
    return _latin(raw, sample) or _other_alphabet(raw, sample)


def _latin(raw: bytes, sample: bytes) -> Decoding | None:
    """Western, unless the letters are those of a Central European, Turkish or Baltic alphabet and of no Western one."""
    fit = {codec: coverage(sample.decode(codec, "replace"), codec) for codec in LATIN}
    for codec in sorted(LATIN, key=lambda name: -fit[name]):
        sure = fit[codec] >= 0.95 and fit[codec] > fit["cp1252"] + 0.05
        if sure and _decodes(raw, codec) and plausible.in_words(sample.decode(codec)) >= 0.8:
            return Decoding(codec, codec, True)
    if plausible.western(sample.decode("cp1252", "replace")) < 0.8:
        return None
    if not any(0x80 <= byte <= 0x9F for byte in set(raw)):
        return Decoding("latin-1", "latin-1", True)  # where the two agree, the older name
    return Decoding("cp1252", "cp1252", True) if _decodes(raw, "cp1252") else None


def _other_alphabet(raw: bytes, sample: bytes) -> Decoding | None:
    """Cyrillic, Greek, Arabic, Hebrew or Thai by their frequent letters; else what charset-normalizer takes it for."""
    fitting = [codec for codec in FREQUENT if _decodes(raw, codec)]
    best = max(fitting, key=lambda codec: frequent_share(sample.decode(codec), codec), default="")
    if best and frequent_share(sample.decode(best), best) >= 0.5:
        return Decoding(best, best.replace("_", "-"), True)
    if sum(byte >= 0x80 for byte in sample) < _FEW:
        return None
    guess = from_bytes(sample, cp_exclusion=["utf_8", "utf_16", "utf_32", "utf_7"]).best()
    if guess is None or guess.percent_coherence < 20 or not _decodes(raw, guess.encoding):
        return None
    if plausible.in_words(sample.decode(guess.encoding, "replace")) < 0.8:
        return None
    return Decoding(guess.encoding, guess.encoding.replace("_", "-"), True)


def _high_sample(raw: bytes) -> bytes:
    """Lines with bytes over 127, up to a limit: the head of a file may be plain ASCII for long."""
    lines: list[bytes] = []
    size = 0
    for match in _HIGH_LINE.finditer(raw):
        lines.append(match.group())
        size += len(match.group())
        if size > _SAMPLE:
            break
    return b"\n".join(lines)
