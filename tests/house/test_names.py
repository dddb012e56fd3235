"""Names that say what a thing is."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

SAY_NOTHING = {"util", "utils", "common", "helper", "helpers", "base", "manager", "misc", "other", "extras", "stuff"}


def words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def empty_names(sources) -> list[str]:
    found = []
    for source in sources:
        for part in PurePosixPath(source.name).with_suffix("").parts:
            if words(part) & SAY_NOTHING:
                found.append(f"src/tunewright/{source.name}: {part!r} does not say what it holds")
        for node in source.classes():
            if words(node.name) & SAY_NOTHING:
                found.append(source.at(node, f"class {node.name} does not say what it is"))
    return found


def test_no_name_says_nothing(sources):
    """`utils` collects everything, because it promises nothing."""
    found = empty_names(sources)
    assert not found, "\n".join(found)


def test_the_rule_finds_empty_names(written):
    """A rule that finds nothing would let everything pass."""
    assert len(empty_names(written("", "data/string_utils.py"))) == 1
    assert len(empty_names(written("", "helpers/reading.py"))) == 1
    assert len(empty_names(written("class RunManager: ...\nclass BaseTask: ..."))) == 2
    assert empty_names(written("class Baseline: ...", "evaluation/baselines.py")) == []
