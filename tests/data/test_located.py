"""Cells that name files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunewright.data.located import located
from tunewright.data.reading import read


def test_paths_are_read_from_the_tables_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: the same recipe finds its pictures from one folder and not from another."""
    table = tmp_path / "data" / "rows.csv"
    table.parent.mkdir()
    table.write_text('file,y\nimg/a.png,1\n/abs/b.png,2\n"data:image/png;base64,AA",3\n,4\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    cells = located(read(Path("data/rows.csv"), role="train"), ["file", "none"]).columns["file"]
    assert cells[0] == str(tmp_path / "data" / "img" / "a.png")
    assert cells[1:3] == ["/abs/b.png", "data:image/png;base64,AA"]
    assert not cells[3]


def test_a_folder_names_its_files_from_where_it_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: `pics/pics/red/a.png`."""
    for name in ("red", "blue"):
        (tmp_path / "pics" / name).mkdir(parents=True)
        (tmp_path / "pics" / name / "a.png").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    cells = located(read(Path("pics"), role="train"), ["path"]).columns["path"]
    assert all(Path(cell).is_file() and Path(cell).is_absolute() for cell in cells)
