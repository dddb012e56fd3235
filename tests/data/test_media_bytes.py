"""Bytes of pictures and sounds in a table."""

from __future__ import annotations

import base64

import pytest

from tunewright.data.media_bytes import as_cell, sense_of, sense_of_name


@pytest.mark.parametrize(
    ("raw", "sense"),
    [(b"\x89PNG\r\n\x1a\n\0", "image"), (b"\xff\xd8\xff\xe0", "image"), (b"RIFF\0\0\0\0WAVEfmt ", "audio"),
     (b"RIFF\0\0\0\0WEBPVP8 ", "image"), (b"fLaC\0\0", "audio"), (b"ID3\x04\0\xff", "audio")],
)  # fmt: skip
def test_kinds_are_known_by_how_they_begin(raw: bytes, sense: str) -> None:
    """Danger: bytes of a picture decoded as text, and called undecodable."""
    assert sense_of(raw) == sense
    cell = as_cell(raw)
    assert cell is not None and cell.startswith(f"data:{sense}/")
    assert base64.b64decode(cell.partition(",")[2]) == raw


@pytest.mark.parametrize("raw", [b"BM is a company", b"ID3 tags, explained", "größe".encode(), b""])
def test_text_stays_text(raw: bytes) -> None:
    """Danger: a column of binary text becomes a column of pictures."""
    assert as_cell(raw) is None


def test_names_tell_by_their_ending() -> None:
    """Danger: `photo.JPG` of a camera is no picture."""
    assert [sense_of_name(name) for name in ("a.JPG", "b.wav", "c.txt", "png")] == ["image", "audio", "", ""]
