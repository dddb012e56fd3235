"""Every public thing says what it is for, and everything is annotated."""

from __future__ import annotations

import ast


def _exported(source) -> list[str] | None:
    """The names in `__all__`, or None when the module has none."""
    for node in source.tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return list(ast.literal_eval(node.value))
    return None


def silent_modules(sources) -> list[str]:
    found = []
    for source in sources:
        if not ast.get_docstring(source.tree):
            found.append(f"src/tunewright/{source.name}:1: has no docstring")
        if source.public and _exported(source) is None and not _only_docstring(source):
            found.append(f"src/tunewright/{source.name}:1: has no __all__")
    return found


def _only_docstring(source) -> bool:
    return all(isinstance(node, ast.Expr) for node in source.tree.body)


def exports_that_do_not_exist(sources) -> list[str]:
    found = []
    for source in sources:
        names = {node.name for node in source.tree.body if hasattr(node, "name")}
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {alias.asname or alias.name for alias in node.names}
        missing = [name for name in _exported(source) or [] if name not in names]
        found += [f"src/tunewright/{source.name}: __all__ names {name!r}, which is not there" for name in missing]
    return found


def undocumented(sources) -> list[str]:
    """Public functions, classes and methods without a docstring.

    A property is a noun and may speak for itself; a method that carries out what a class or protocol elsewhere has
    already documented under the same name need not say it again.
    """
    promised = {
        node.name
        for source in sources
        for owner in source.classes()
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node)
    }
    found = []
    for source in sources:
        if not source.public:
            continue
        for node in source.tree.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                found.append(source.at(node, f"{node.name} has no docstring"))
            for method in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(method, ast.FunctionDef) and not _speaks_for_itself(method, promised):
                    found.append(source.at(method, f"{node.name}.{method.name} has no docstring"))
    return found


def _speaks_for_itself(method: ast.FunctionDef, promised: set[str]) -> bool:
    nouns = {"property", "cached_property", "field_validator", "model_validator", "overload"}
    decorators = {ast.unparse(node).partition("(")[0].rpartition(".")[2] for node in method.decorator_list}
    known = method.name.startswith("_") or method.name in promised
    return known or bool(decorators & nouns) or ast.get_docstring(method) is not None


def unannotated(sources) -> list[str]:
    found = []
    for source in sources:
        for node in source.functions():
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            arguments += [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
            bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
            if bare or node.returns is None:
                found.append(source.at(node, f"{node.name} lacks the type of {', '.join([*bare] or ['its result'])}"))
    return found


def test_every_module_has_a_docstring_and_says_what_it_exports(sources):
    """Without `__all__` every import of a module is part of its promise."""
    found = silent_modules(sources)
    assert not found, "\n".join(found)


def test_what_is_exported_exists(sources):
    """A name left in `__all__` after a change breaks `from room import *` and the reader's search."""
    found = exports_that_do_not_exist(sources)
    assert not found, "\n".join(found)


def test_everything_public_is_documented(sources):
    """What is not said is guessed."""
    found = undocumented(sources)
    assert not found, "\n".join(found)


def test_everything_is_annotated(sources):
    """mypy looks into annotated functions only."""
    found = unannotated(sources)
    assert not found, "\n".join(found)


def test_the_rules_find_what_is_planted(written):
    """A rule that finds nothing would let everything pass."""
    assert len(silent_modules(written("x = 1"))) == 2
    assert silent_modules(written('"""A room."""', "data/__init__.py")) == []
    assert len(exports_that_do_not_exist(written('__all__ = ["a", "b"]\na = 1'))) == 1
    assert len(undocumented(written("def f(): ...\nclass A:\n    def g(self): ...\n"))) == 3
    assert undocumented(written("def _f(): ...\nclass _A:\n    def g(self): ...\n")) == []
    assert len(unannotated(written("def f(a, *b, c=1, **d): ...\ndef g(a: int): ...\n"))) == 2
    assert unannotated(written("def f(self, a: int) -> None: ...")) == []
