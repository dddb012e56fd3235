"""`training.epochs=5` on the command line: a dotted path and a value written as on the page."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from tunewright.errors import Problem, RecipeError
from tunewright.recipe.fields import default_of, family_of, field_at, section_of
from tunewright.recipe.page import Location, Page, read_value

__all__ = ["override"]

_SIGNS = frozenset("|>,#&*!%@`-?:")


def override(page: Page, assignments: Sequence[str], root: type[BaseModel]) -> Page:
    """The page with each `path=value` put in its place; unknown fields are found by the validation that follows.

    A path may go through what the page leaves out: of `evaluation.0.resamples=200` the list is the default one.

    Raises:
        RecipeError: an assignment is not `path=value`, or goes through something that has no fields.
    """
    values = copy.deepcopy(page.values)
    lines = dict(page.lines)
    problems: list[Problem] = []
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        steps = path.strip().split(".")
        if not equals or not all(steps):
            problems.append(Problem(assignment, "is not field=value", "Write for example: training.epochs=5"))
            continue
        if not text.strip() and text != "\t":
            problems.append(
                Problem(assignment, "has no value", f"For none, write {path}=null; for empty text {path}=''")
            )
            continue
        try:
            value = _sign(text) or read_value(text, assignment)
        except RecipeError as error:
            what = f"has a value that is not YAML: {error.problems[0].what}"
            problems.append(Problem(assignment, what, "Quote a value with signs in it: 'data.delimiter=\";\"'"))
            continue
        problem = _put(values, steps, value, assignment, root)
        if problem:
            problems.append(problem)
        for known in [at for at in lines if at[: len(steps)] == tuple(steps)]:
            del lines[known]
    if problems:
        raise RecipeError("The overrides cannot be used.", problems)
    return Page(values=values, path=page.path, lines=lines)


def _sign(text: str) -> str:
    """The value when it is one sign, such as a delimiter: on a page `|` would begin a block and `,` be an error."""
    if text in ("\t", "\\t"):  # a shell hands on "\t" as it is written
        return "\t"
    return text.strip() if text.strip() in _SIGNS else ""


def _put(
    values: dict[str, Any], steps: list[str], value: Any, assignment: str, root: type[BaseModel]
) -> Problem | None:
    here: Any = values
    at: Location = ()
    for depth, step in enumerate(steps):
        key: str | int = step
        if isinstance(here, list):
            if not step.isdecimal() or int(step) >= len(here):
                return Problem(assignment, f"{step!r} is not an item of a list of {len(here)}", _counted(len(here)))
            key = int(step)
        if depth == len(steps) - 1:
            here[key] = value
            return None
        at = (*at, key)
        inner = _opened(here, key, at, root, values)
        if inner is None:
            return Problem(
                assignment, f"{'.'.join(steps[: depth + 1])} holds a value, not fields", "Leave out what follows it."
            )
        here[key] = inner
        here = inner
    return None


def _counted(length: int) -> str:
    return f"Items count from 0: the last one is {length - 1}." if length else "The list is empty; give it whole: [...]"


def _opened(here: Any, key: str | int, at: Location, root: type[BaseModel], values: Any) -> Any:
    """What stands at a step of a path, in the form that has fields: `lora` as `{kind: lora}`. None if it has none."""
    inner = here[key] if isinstance(key, int) else here.get(key)
    if isinstance(inner, (dict, list)):
        return inner
    info = field_at(at, root, values)
    if info is None:
        return {} if inner is None else None
    if inner is None:
        return default_of(info) if family_of(info) or section_of(info) else None
    return {"kind": inner} if isinstance(inner, str) and family_of(info) else None
