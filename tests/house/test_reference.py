"""docs/reference is written from the code and was not left behind."""

from __future__ import annotations

from tools import reference
from tunewright.recipe.catalog import BUILTIN


def test_the_reference_is_current(root):
    """A reference that says what used to be true is worse than none. Write it anew with: make docs"""
    folder = root / "docs" / "reference"
    pages = reference.pages()
    stale = [name for name, text in pages.items() if not _same(folder / name, text)]
    assert not stale, f"out of date: {', '.join(stale)}. Type: make docs"
    strays = [path.name for path in folder.iterdir() if path.name not in pages]
    assert not strays, f"in docs/reference, but written by nothing: {', '.join(strays)}"


def _same(path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def test_every_kind_has_its_entry():
    """A part that the reference leaves out is found by nobody."""
    parts = reference.pages()["parts.md"]
    missing = [
        f"{family}.{kind}" for family, table in BUILTIN.items() for kind in table if f"### `{kind}`" not in parts
    ]
    assert not missing
