"""constraints.txt, the tested set, and pyproject.toml, what is asked for, say the same."""

from __future__ import annotations

import ast
import importlib.metadata
import sys
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import tunewright

NEVER = {
    "torchvision": "the wheel of PyPI beside torch for CPU breaks the import of transformers' models",
    "evaluate": "loads metric scripts from a hub",
    "accelerate": "comes with peft; nothing here imports it, so nothing here asks for it",
}
COMES_WITH = {"pydantic_core": "pydantic"}
"""Second halves of a package, pinned by the first to one version."""


def pins(root) -> dict[str, str]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    entries = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in entries}


def asked_for(root) -> list[Requirement]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return [Requirement(line) for line in lines if not line.startswith("tunewright[")]


def test_everything_asked_for_is_pinned_and_fits(root):
    """A package without a pin comes in whatever version is newest on the day, and the figures stop repeating."""
    pinned = pins(root)
    missing = [need.name for need in asked_for(root) if canonicalize_name(need.name) not in pinned]
    assert not missing
    wrong = [
        f"{need} is pinned to {pinned[canonicalize_name(need.name)]}"
        for need in asked_for(root)
        if Version(pinned[canonicalize_name(need.name)]) not in need.specifier
    ]
    assert not wrong


def imported(sources) -> dict[str, str]:
    """Packages of others that src/ imports, each with one module that does."""
    found = {}
    for source in sources:
        for node in ast.walk(source.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= {name.partition(".")[0]: source.name for name in names}
    known = sys.stdlib_module_names | {"tunewright"}
    return {COMES_WITH.get(name, name): where for name, where in found.items() if name not in known}


def test_what_is_imported_is_asked_for(root, sources):
    """A package that only comes along with another one is gone on the day the other one drops it."""
    asked = {canonicalize_name(need.name) for need in asked_for(root)}
    provided = importlib.metadata.packages_distributions()
    silent = {
        name: where
        for name, where in imported(sources).items()
        if not asked & {canonicalize_name(distribution) for distribution in provided.get(name, [name])}
    }
    assert not silent


def test_torch_is_pinned_without_a_local_suffix(root):
    """`+cpu` would keep the pin from ever finding the wheel for a GPU."""
    assert "+" not in pins(root)["torch"]


def test_what_does_harm_is_not_asked_for(root):
    """Packages that were measured to break others, or to run code from a hub."""
    assert {need.name for need in asked_for(root)} & set(NEVER) == set()


def test_the_version_is_the_same_everywhere(root):
    """A run's provenance would name one version and the package index another."""
    stated = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert tunewright.__version__ == stated
    assert f"\n## {stated}\n" in (root / "CHANGELOG.md").read_text(encoding="utf-8")
