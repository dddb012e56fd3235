"""Imports stand at the top, where layers can be seen; what is imported on demand is listed here."""

from __future__ import annotations

import ast

ON_DEMAND = {
    "__init__.py": "the public names, so that `import tunewright` alone is quick",
    "recipe/catalog.py": "a part is imported when a recipe names it",
    "cli/entry.py": "a command is imported when it is typed, so that --help answers without torch",
    "evaluation/baselines/scikit.py": "a second of import that a training has no use for",
    "data/hub.py": "an optional package, wanted only by data from the hub",
    "inputs/pictures.py": "an optional package, wanted only by pictures",
    "inputs/sounds.py": "an optional package and half a second of import, wanted only by sounds",
    "pipeline/on_ray.py": "an optional package, wanted only by --on ray",
    "metrics/translation.py": "an optional package, wanted only by the task translate",
    "tasks/masked.py": "an optional package, wanted only by a recipe that names it",
    "training/trackers/tensorboard.py": "an optional package, wanted only by a recipe that names it",
}
DYNAMIC = {"import_module", "__import__"}


def hidden_imports(sources) -> list[str]:
    return [
        source.at(inner, f"import inside {function.name}")
        for source in sources
        for function in source.functions()
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def dynamic_imports(sources) -> dict[str, list[str]]:
    """Modules that import by a name made at run time, with the places."""
    found: dict[str, list[str]] = {}
    for source in sources:
        for node in ast.walk(source.tree):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if isinstance(node, ast.Attribute | ast.Name) and name in DYNAMIC:
                found.setdefault(source.name, []).append(source.at(node, name))
    return found


def root_imports(sources) -> list[str]:
    """`from tunewright import train` goes through the package's top and so around the floors; a room may be named."""
    rooms = {source.name.partition("/")[0].removesuffix(".py") for source in sources}
    found = []
    for source in sources:
        for node in ast.walk(source.tree):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module == "tunewright" and not node.level:
                names = [alias.name for alias in node.names if alias.name not in rooms]
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names if alias.name == "tunewright"]
            found += [source.at(node, f"imports {name} from the package's root; name the room") for name in names]
    return found


def test_no_import_hides_in_a_function(sources):
    """A hidden import is how a room reaches upward without the floors' contract seeing it."""
    found = hidden_imports(sources)
    assert not found, "\n".join(found)


def test_imports_on_demand_are_those_that_are_listed(sources):
    """A name given to import_module is seen neither by the floors' contract nor by mypy."""
    found = dynamic_imports(sources)
    assert set(found) <= set(ON_DEMAND), [place for name in set(found) - set(ON_DEMAND) for place in found[name]]
    assert set(ON_DEMAND) <= set(found), "listed here, and imports nothing on demand any more"


def test_rooms_do_not_import_from_the_root(sources):
    """`from tunewright import train` inside a room would make the whole package one floor."""
    found = root_imports(sources)
    assert not found, "\n".join(found)


def test_the_rules_find_what_is_planted(written):
    """A rule that finds nothing would let everything pass."""
    assert len(hidden_imports(written("def f():\n    import os  # noqa: PLC0415\n"))) == 1
    assert list(dynamic_imports(written("import importlib\nimportlib.import_module('x')"))) == ["data/planted.py"]
    assert list(dynamic_imports(written("from importlib import import_module as m\nimport_module"))) == [
        "data/planted.py"
    ]
    assert len(root_imports(written("from tunewright import train\nimport tunewright\n"))) == 2
    assert root_imports(written("from tunewright.recipe import Recipe\nfrom tunewright import data\n")) == []
