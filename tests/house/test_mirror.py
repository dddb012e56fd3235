"""tests/ is laid out as src/ is: whoever opens a module knows where its tests are."""

from __future__ import annotations

from pathlib import PurePosixPath

WITHOUT_A_TEST_OF_THEIR_OWN = {
    "__main__.py": "one line; tests/house/test_help.py starts it",
}
SUITES = {"laws", "golden", "house", "reliability", "real", "support", "benchmarks"}
"""Folders of tests/ that belong to no one room."""


def expected_test(module: str) -> str:
    """`data/reading.py` is tested by `data/test_reading.py`."""
    path = PurePosixPath(module)
    return str(path.with_name(f"test_{path.name.lstrip('_')}"))


def untested(sources, tests: set[str]) -> list[str]:
    return [
        f"src/tunewright/{source.name} wants tests/{expected_test(source.name)}"
        for source in sources
        if source.stem != "__init__"
        and source.name not in WITHOUT_A_TEST_OF_THEIR_OWN
        and expected_test(source.name) not in tests
    ]


def strays(sources, tests: set[str]) -> list[str]:
    """Test files that mirror nothing: `data/test_reading_quotes.py` counts as `data/reading.py`'s."""
    modules = {source.name for source in sources}
    found = []
    for test in sorted(tests):
        path = PurePosixPath(test)
        if path.parts[0] in SUITES:
            continue
        words = path.stem.removeprefix("test_").split("_")
        stems = ["_".join(words[:end]) for end in range(1, len(words) + 1)]
        names = [str(path.with_name(f"{dash}{stem}.py")) for stem in stems for dash in ("", "_")]
        package = str(path.with_name("__init__.py"))
        if not any(name in modules for name in names) and not (path.stem == "test_init" and package in modules):
            found.append(f"tests/{test} tests no module of that name")
    return found


def _tests(root) -> set[str]:
    return {path.relative_to(root / "tests").as_posix() for path in (root / "tests").rglob("test_*.py")}


def test_every_module_has_its_test(sources, root):
    """A module without a test of its own is tested by luck."""
    found = untested(sources, _tests(root))
    assert not found, "\n".join(found)


def test_no_test_outlives_its_module(sources, root):
    """A test file whose module is gone or renamed is where nobody looks for it."""
    found = strays(sources, _tests(root))
    assert not found, "\n".join(found)


def test_exceptions_are_still_there(sources):
    """An exception for a file that no longer exists hides the next one of that name."""
    assert set(WITHOUT_A_TEST_OF_THEIR_OWN) <= {source.name for source in sources}


def test_the_rules_find_what_is_planted(written):
    """A rule that finds nothing would let everything pass."""
    module = written("x = 1", "data/reading.py")
    assert untested(module, set()) == ["src/tunewright/data/reading.py wants tests/data/test_reading.py"]
    assert untested(module, {"data/test_reading.py"}) == []
    assert strays(module, {"data/test_writing.py"}) == ["tests/data/test_writing.py tests no module of that name"]
    assert strays(module, {"data/test_reading_quotes.py", "laws/test_merge.py"}) == []
