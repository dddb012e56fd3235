"""One idea a file, and functions that are seen whole on a screen."""

from __future__ import annotations

LONGEST_FILE = 350
LONGEST_FUNCTION = 60


def long_files(sources) -> list[str]:
    lengths = {source.name: len(source.text.splitlines()) for source in sources}
    return [f"src/tunewright/{name}: {n} lines" for name, n in lengths.items() if n > LONGEST_FILE]


def long_functions(sources) -> list[str]:
    return [
        source.at(node, f"{node.name} is {node.end_lineno - node.lineno + 1} lines long")
        for source in sources
        for node in source.functions()
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]


def test_files_are_short(sources):
    """A file that grows without a word collects what does not belong together."""
    found = long_files(sources)
    assert not found, "\n".join(found)


def test_functions_are_short(sources):
    """A function that no screen shows whole is read by nobody."""
    found = long_functions(sources)
    assert not found, "\n".join(found)


def test_the_rules_find_what_is_too_long(written):
    """A rule that finds nothing would let everything pass."""
    body = "\n".join(f"    x = {i}" for i in range(LONGEST_FUNCTION))
    assert len(long_functions(written(f"def f():\n{body}\n"))) == 1
    assert len(long_files(written("x = 1\n" * (LONGEST_FILE + 1)))) == 1
    assert long_functions(written("def f():\n    return 1\n")) == long_files(written("x = 1\n")) == []
