"""`training.epochs=5` on the command line: a dotted path and a value written as on the page."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from tunewright.errors import Problem, RecipeError
from tunewright.recipe.page import Page, read_value

__all__ = ["override"]


def override(page: Page, assignments: Sequence[str]) -> Page:
    """The page with each `path=value` put in its place; unknown paths are found by the validation that follows.

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
        problem = _put(values, steps, read_value(text, assignment), assignment)
        if problem:
            problems.append(problem)
        for known in [at for at in lines if at[: len(steps)] == tuple(steps)]:
            del lines[known]
    if problems:
        raise RecipeError("The overrides cannot be used.", problems)
    return Page(values=values, path=page.path, lines=lines)


def _put(values: dict[str, Any], steps: list[str], value: Any, assignment: str) -> Problem | None:
    here: Any = values
    for depth, step in enumerate(steps[:-1]):
        if isinstance(here, list):
            if not step.isdigit() or int(step) >= len(here):
                return Problem(assignment, f"{step!r} is not an item of a list of {len(here)}", "Items count from 0.")
            inner = here[int(step)]
            if isinstance(inner, str):
                inner = here[int(step)] = {"kind": inner}
        else:
            inner = here.get(step)
            if inner is None:
                inner = here[step] = {}
            elif isinstance(inner, str) and depth + 1 < len(steps):
                inner = here[step] = {"kind": inner}
        if not isinstance(inner, (dict, list)):
            return Problem(assignment, f"{'.'.join(steps[: depth + 1])} holds a value, not fields", "")
        here = inner
    last = steps[-1]
    if isinstance(here, list):
        if not last.isdigit() or int(last) >= len(here):
            return Problem(assignment, f"{last!r} is not an item of a list of {len(here)}", "Items count from 0.")
        here[int(last)] = value
    else:
        here[last] = value
    return None
