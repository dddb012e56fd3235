"""The recipe: one page that says all that a run does."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr, ValidationError

from tunewright.errors import Problem, RecipeError, UserError, near_miss
from tunewright.recipe import catalog
from tunewright.recipe.overrides import override
from tunewright.recipe.page import Page, read_page
from tunewright.recipe.part import Part, Section
from tunewright.recipe.problems import problems_of
from tunewright.recipe.sections import Data, Training
from tunewright.recipe.union import PartOf

__all__ = ["Recipe"]

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


class Recipe(Section):
    """From a team's own labelled data to a fine-tuned model: every choice of one run.

    ```python
    recipe = Recipe.read("reviews.yaml", ["training.epochs=5"])
    data = {"train": "reviews.csv", "inputs": {"text": "review"}, "target": "stars"}
    recipe = Recipe(model="sample://minilm", data=data)
    ```
    """

    model: str = Field(min_length=1)
    """Where the pretrained model comes from: a hub id, a local folder, or `sample://minilm`."""
    data: Data
    """Which rows are learned from and measured on."""
    task: Annotated[Part, PartOf("task")] = Field(default="classify", validate_default=True)
    """What is learned: `classify`, `multilabel`, `regress`, `tag`, `answer`, `similarity`, `embed`, `translate`,
    `summarise`, `masked`, `language_model`, `instruct`, `prefer`, with its loss."""
    method: Annotated[Part, PartOf("method")] = Field(default="full", validate_default=True)
    """Which weights move: `full`, `freeze`, `lora`, `adapter`."""
    training: Training = Field(default_factory=Training)
    """How they move."""
    evaluation: tuple[Annotated[Part, PartOf("probe")], ...] = Field(
        default=("quality", "latency", "memory"), validate_default=True
    )
    """What is measured after training."""
    output: str | None = None
    """Folder of the run; null is `runs/<stem of the recipe's file>`."""

    _folder: Path | None = PrivateAttr(default=None)

    def __init__(self, /, **fields: Any) -> None:
        self._fill(fields, Page(values=_as_values(fields)))

    def _fill(self, fields: Mapping[str, Any], page: Page) -> None:
        """Validate the fields into this recipe. Not by keyword: a page may call a field `self` as well."""
        problems = _target_problems(page.values)
        try:
            self.__pydantic_validator__.validate_python(fields, self_instance=self)
        except ValidationError as error:
            problems = [*problems_of(error, Recipe, page), *problems]
        if problems:
            summary = f"{page.path or 'The recipe'} cannot be used."
            raise RecipeError(summary, problems, "Every field, with its meaning: tunewright schema")

    def __eq__(self, other: object) -> bool:
        """Whether every choice is the same; where the page lay is no choice."""
        return isinstance(other, Recipe) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    @classmethod
    def read(cls, path: str | Path, overrides: Sequence[str] = ()) -> Self:
        """Read a page, put the overrides in place, validate it.

        Raises:
            RecipeError: with all problems of the page at once.
        """
        path = Path(path)
        page = override(read_page(path), overrides, cls)
        page.values.setdefault("output", f"runs/{path.stem}")
        recipe = cls.__new__(cls)
        recipe._fill(page.values, page)
        recipe._folder = path.resolve().parent
        return recipe

    @property
    def folder_of_page(self) -> Path | None:
        """The folder of the recipe's file, where it came from one."""
        return self._folder

    def locate(self, name: str) -> Path:
        """The file or folder that a path in the recipe names: beside the recipe first, then from the current folder.

        `${NAME}` and `${NAME:-default}` stand for environment variables.

        Raises:
            UserError: no such file or folder; the message lists where it was looked for.
        """
        try:
            expanded = Path(expand(name)).expanduser()
            places = [expanded] if expanded.is_absolute() else [Path.cwd() / expanded]
            if self._folder and not expanded.is_absolute():
                places.insert(0, self._folder / expanded)
            for place in places:
                if place.exists():
                    return place.resolve()
        except (OSError, RuntimeError) as error:
            raise UserError(f"{name!r} is no path: {getattr(error, 'strerror', None) or error}.") from None
        looked = "\n".join(f"    {place}" for place in dict.fromkeys(places))
        near = near_miss(expanded.name, _beside(places))
        raise UserError(f"There is no file {name!r}. {near}".rstrip() + f"\n  Looked for\n{looked}")

    def absolute(self, **fields: Any) -> Self:
        """The same recipe with the paths of existing files made absolute, so that it works from any folder.

        `fields` replace values in sections: `training={"learning_rate": 1e-4}`.
        """
        values = self.model_dump(mode="json")
        data = values["data"]
        for name in ("train", "validation", "test"):
            data[name] = self._absolute(data[name])
        if not values["model"].startswith("sample://"):
            values["model"] = self._absolute(values["model"])
        for section, changes in fields.items():
            values[section] = values[section] | changes
        new = type(self)(**values)
        new._folder = self._folder
        return new

    def _absolute(self, name: Any) -> Any:
        if not isinstance(name, str) or "://" in name:
            return name
        try:
            return str(self.locate(name))
        except UserError:
            return name

    def changed(self, **fields: Any) -> Self:
        """The same recipe with some top-level fields replaced, validated again."""
        new = type(self)(**(self.model_dump(mode="json") | fields))
        new._folder = self._folder
        return new


def _beside(places: Sequence[Path]) -> list[str]:
    """Names of what stands in the folders of the places looked at."""
    names: set[str] = set()
    for folder in {place.parent for place in places}:
        with contextlib.suppress(OSError):
            names.update(entry.name for entry in folder.iterdir())
    return sorted(names)


def expand(text: str) -> str:
    """Fill in `${NAME}` and `${NAME:-default}` from the environment.

    Raises:
        UserError: a variable without default is not set.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match["name"]) or match["default"]
        if found is None:
            raise UserError(
                f"{text!r} needs the environment variable {match['name']}, which is not set.\n"
                f"  Type: export {match['name']}=..."
            )
        return found

    return _VARIABLE.sub(value, text)


def _target_problems(values: Mapping[str, Any]) -> list[Problem]:
    """Whether `data.target` is there where the task wants one, and only there; what else is wrong is told elsewhere."""
    data, task = values.get("data"), values.get("task", "classify")
    kind = task.get("kind") if isinstance(task, Mapping) else task
    if not isinstance(data, Mapping) or not isinstance(kind, str) or kind not in catalog.kinds("task"):
        return []
    target, wants = data.get("target"), getattr(catalog.load("task", kind), "target_kind", "") != "none"
    if wants and target in (None, ""):
        said = "is missing" if target is None else "is empty"
        return [Problem("data.target", said, str(Data.model_fields["target"].description))]
    if not wants and isinstance(target, str) and target:
        what = f"is {target!r}, and {kind} predicts no column: it learns from what it reads"
        return [Problem("data.target", what, "Leave it out.")]
    return []


def _as_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.model_dump(mode="json") if isinstance(value, Section) else value for name, value in fields.items()
    }
