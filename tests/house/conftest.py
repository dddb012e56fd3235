"""What the house rules are checked on: every module of src/, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tunewright"


@dataclass(frozen=True)
class Source:
    """One module: its path inside the package (`data/reading.py`), its text and its syntax tree."""

    name: str
    text: str
    tree: ast.Module

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def public(self) -> bool:
        """Whether others import from it: `_private.py` and `__main__.py` are not for that."""
        return not self.stem.startswith("_") or self.stem == "__init__"

    def at(self, node: ast.stmt | ast.expr | ast.arg | ast.keyword, what: str) -> str:
        """An offence as an editor can jump to it."""
        return f"src/tunewright/{self.name}:{node.lineno}: {what}"

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    def classes(self) -> list[ast.ClassDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def package() -> Path:
    return PACKAGE


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    """Every module of the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Source(path.relative_to(PACKAGE).as_posix(), text, ast.parse(text)))
    assert found, f"no module below {PACKAGE}"
    return found


@pytest.fixture(scope="session")
def written() -> Callable[..., list[Source]]:
    """A module made up for a test of a rule: each rule must find what is planted for it."""

    def write(text: str, name: str = "data/planted.py") -> list[Source]:
        return [Source(name, text, ast.parse(text))]

    return write
