"""What cells stand for, where they only say where it stands."""

from __future__ import annotations

from pathlib import Path

from tunewright.data.content import compared_columns, with_content
from tunewright.data.reading import read
from tunewright.inputs.input import Look


def test_content_is_compared_instead_of_names(tmp_path: Path) -> None:
    """Danger: the same picture under two names stands in training and in the test."""
    (tmp_path / "t.csv").write_text("file,y\na.png,1\nb.png,2\nc.png,1\n", encoding="utf-8")
    table = read(tmp_path / "t.csv", role="train")
    looks = [Look(content="k"), Look(content="k"), Look("missing_file", "is not there")]
    found, faults = with_content(table, ("file",), lambda cells: looks)
    (name,) = compared_columns(("file",), ("file",))
    assert found.columns[name] == ["k", "k", ""]
    assert faults == {2: ("missing_file", "is not there")}
    assert compared_columns(("text",), ()) == ("text",)
    assert with_content(table, (), None) == (table, {})
