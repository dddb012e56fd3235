"""The bytes behind a cell."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path

import pytest

from tunewright.inputs.contents import Unreadable, content_key, name_of, raw_of


def test_a_cell_is_a_file_or_the_bytes_themselves(tmp_path: Path) -> None:
    """Danger: a table with bytes and a table with paths read as different rows."""
    (tmp_path / "a.bin").write_bytes(b"hello")
    inside = f"data:image/png;base64,{base64.b64encode(b'hello').decode()}"
    assert raw_of(str(tmp_path / "a.bin")) == raw_of(inside) == b"hello"
    assert content_key(raw_of(inside)) == content_key(b"hello") != content_key(b"hallo")
    assert (name_of(str(tmp_path / "a.bin")), name_of(inside), name_of(None)) == ("a.bin", "", "")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("/no/such/file.png", "missing_file"),
        ("data:image/png;base64,%%", "broken_media"),
        ("bad\0name", "missing_file"),
    ],
)
def test_what_cannot_be_read_says_why(cell: str, code: str) -> None:
    """Danger: a traceback for a file that somebody moved."""
    with pytest.raises(Unreadable) as caught:
        raw_of(cell)
    assert caught.value.code == code
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_file_without_bytes_is_no_picture(tmp_path: Path) -> None:
    """Danger: an upload that failed leaves a file of no length, which some readers take for an empty picture."""
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(Unreadable, match="0 bytes"):
        raw_of(str(tmp_path / "a.png"))


@pytest.mark.parametrize(
    "cell",
    [
        "https://example.com/a.png",
        "/data/https:/example.com/a.png",
        "s3://shop/a.png",
        f"https://example.com/a.png?Signature={'s3cret' * 60}",
    ],
)
def test_an_address_on_the_web_is_called_so(cell: str) -> None:
    """Danger: `there is no such file` sends a reader to look for a file that he never had; a signature that opens the
    address for everybody stands in the audit."""
    with pytest.raises(Unreadable, match=r"address on the web; .* fetch it, and name the file") as caught:
        raw_of(cell)
    assert "s3cret" not in str(caught.value)
