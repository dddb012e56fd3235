"""Bytes of pictures and sounds in a table: known by how they begin, written as text that every column can hold."""

from __future__ import annotations

import base64

__all__ = ["as_cell", "sense_of", "sense_of_name"]

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")
_SOUNDS = (b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"FORM", b".snd", b"caff")
_ENDINGS = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"), "image"),
    **dict.fromkeys((".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif"), "audio"),
}


def sense_of_name(name: str) -> str:
    """`image`, `audio` or nothing, by how a file's name ends."""
    stem, dot, ending = name.rpartition(".")
    return _ENDINGS.get(f".{ending.casefold()}", "") if stem and dot else ""


def sense_of(raw: bytes) -> str:
    """`image`, `audio`, or nothing for bytes that begin like neither."""
    if raw[:4] in (b"RIFF", b"RF64"):
        return "audio" if raw[8:12] == b"WAVE" else "image" if raw[8:12] == b"WEBP" else ""
    if raw.startswith(_PICTURES):
        return "image"
    return "audio" if raw.startswith(_SOUNDS) else ""


def as_cell(raw: bytes) -> str | None:
    """A data URI (RFC 2397) for a picture or sound; None for other bytes, which may be text."""
    sense = sense_of(raw)
    # a short text may begin with BM or ID3 too; a picture or sound is never text
    if not sense or (len(raw) < 1024 and _is_text(raw)):
        return None
    return f"data:{sense}/*;base64,{base64.b64encode(raw).decode('ascii')}"


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
