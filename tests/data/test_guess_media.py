"""Which columns name pictures or sounds."""

from __future__ import annotations

from pathlib import Path

from tunewright.data.guess import guess
from tunewright.data.guess_media import media_columns
from tunewright.data.reading import read


def test_a_column_of_names_is_seen(tmp_path: Path) -> None:
    """Danger: `init` takes the names of files for texts to be read."""
    rows = "".join(f"clips/{i}.wav,{'yes' if i % 2 else 'no'},speaker {i}\n" for i in range(30))
    (tmp_path / "t.csv").write_text(f"file,answer,who\n{rows}", encoding="utf-8")
    table = read(tmp_path / "t.csv", role="train")
    assert media_columns(table) == {"audio": "file"}
    found = guess(table, target="answer")
    assert (found.inputs, found.target, found.task) == ({"audio": "file"}, "answer", "classify")


def test_texts_about_pictures_are_texts(tmp_path: Path) -> None:
    """Danger: a review that ends in the name of a file."""
    rows = "".join(f"see photo{i}.jpg{'' if i % 3 == 0 else ' for it'},{i % 2}\n" for i in range(30))
    (tmp_path / "t.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    assert media_columns(read(tmp_path / "t.csv", role="train")) == {}
