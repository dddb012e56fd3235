"""A run in hand: its records, its model, its predictions."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tunewright.data.table import Cell
from tunewright.errors import DataError, Problem, UserError, VerificationError, near_miss
from tunewright.evaluation import infer
from tunewright.inputs import Encoded
from tunewright.inputs.chat import ChatInput
from tunewright.models.device import best_device, default_token_budget, thread_count, use_threads
from tunewright.models.head import HEADS, head_class
from tunewright.models.precision import answer_precision, choose_precision
from tunewright.models.source import Source
from tunewright.pipeline.parts import Parts
from tunewright.pipeline.told_cells import faulty_questions, told_cell, unread_remark
from tunewright.recipe import Recipe
from tunewright.records import Audit, Quality, RunFolder, Verification, read_record
from tunewright.report import write_report
from tunewright.tasks import Prediction, Space
from tunewright.tasks.asking import Asking
from tunewright.tasks.task import Answers

__all__ = ["Prediction", "Run"]

Row = str | Sequence[Any] | Mapping[str, Any]
"""A text, one text a column in their order, a conversation as a list of turns, or columns by name."""


class Run:
    """A finished run.

    ```python
    run = tunewright.Run.open("runs/reviews")
    run.predict(["I want my money back"])[0].label
    ```
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """Open a run's folder.

        Raises:
            UserError: there is no run, or its training is not finished.
            VerificationError: its model was found to differ from the one that was trained.
        """
        folder = RunFolder.open(path)
        if not folder.finished:
            raise UserError(
                f"The run {folder.path} is not finished.\n  Finish it with: tunewright train {folder.recipe} --resume"
            )
        failed = [check.name for check in read_record(folder.verification, Verification).checks if not check.passed]
        if failed:
            raise VerificationError(
                f"The model of {folder.path} failed the check {', '.join(failed)} when it was written: its answers are "
                f"not those of the model that was trained.\n  The figures are in {folder.verification}."
            )
        return cls(folder)

    def __repr__(self) -> str:
        return f"Run({str(self.folder.path)!r})"

    @functools.cached_property
    def recipe(self) -> Recipe:
        """The recipe, every field filled in."""
        return Recipe.read(self.folder.recipe)

    @property
    def audit(self) -> Audit:
        """What was found in the data."""
        return read_record(self.folder.audit, Audit)

    @property
    def quality(self) -> Quality:
        """Metrics with intervals, tuned and baselines."""
        return read_record(self.folder.evaluation("quality"), Quality)

    @property
    def report(self) -> Path:
        """report.html, written if it is missing."""
        return self.folder.report if self.folder.report.is_file() else write_report(self.folder)

    @functools.cached_property
    def model(self) -> nn.Module:
        """The tuned model from `model/`, fp32, in evaluation mode."""
        return self._source.model(self._head, self._source.config())[0].eval()

    @property
    def _head(self) -> Any:
        return HEADS[head_class(self._source.config(), Parts.of(self.recipe).task.auto_class)]

    @functools.cached_property
    def space(self) -> Space:
        """What its outputs mean."""
        return Parts.of(self.recipe).task.saved_space(self._source.config())

    @property
    def _source(self) -> Source:
        return Source(str(self.folder.model), str(self.folder.model))

    @functools.cached_property
    def _tokenizer(self) -> Any:
        parts = Parts.of(self.recipe)
        preprocessor = parts.inputs.preprocessor(self._source)
        parts.task.ready(self._source.config(), preprocessor)
        return preprocessor

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """Predict rows: texts, pairs of texts, or mappings with the columns the model was trained on.

        For a model that answers conversations a row may be a list of turns, `[{"role": "user", "content": "..."}]`, as
        it is or as the column that holds them, and as JSON text. Where a question is so long that only its end was
        read, a warning says so, and `unread` of the prediction by how much.

        A blank text is answered like any other, with whatever the model says of nothing: leave such rows out.

        Raises:
            DataError: a row lacks a column, or holds what cannot be read.
        """
        if isinstance(rows, str):
            raise UserError("predict takes a list of rows; for one text write run.predict([text]).")
        if not rows:
            return []
        found = self.predict_columns(self._columns(rows))
        remark = unread_remark(found)
        if remark:
            warnings.warn(remark, stacklevel=2)
        return found

    def predict_columns(self, cells: Mapping[str, Sequence[Any]]) -> list[Prediction]:
        """Predict rows given as columns, with cells as they are read from files."""
        parts = Parts.of(self.recipe).answering(cells)
        faults = faulty_questions(cells, parts.inputs)
        if faults:
            raise DataError(
                "The rows cannot be predicted.", [Problem(f"row {row + 1}", what) for row, what in faults.items()]
            )
        device = best_device()
        model = self.model.to(device)
        limit = parts.longest(self.recipe, self._source.config(), self._tokenizer)
        with use_threads(thread_count(self.recipe.training.threads)):
            replies = parts.task.replies(model, parts.inputs, cells, self._tokenizer, limit)
        if replies is not None:
            return replies
        encoded = parts.encode(cells, self.recipe, self._tokenizer, limit)
        with use_threads(thread_count(self.recipe.training.threads)):
            chosen = choose_precision(self.recipe.training.precision, device).name
            precision = answer_precision(chosen, self.space.kind in ("number", "vectors"))
            answers = self._answers(parts, model, encoded, device, precision)
        texts = parts.inputs.marked(cells)
        found = parts.task.predictions(answers, self.space, texts)
        if encoded.words is None or not encoded.words.given:
            return found
        return [replace(prediction, text=text) for prediction, text in zip(found, texts, strict=True)]

    def _answers(
        self, parts: Parts, model: nn.Module, encoded: Encoded, device: torch.device, precision: str
    ) -> Answers:
        budget = default_token_budget(device)
        if parts.task.generates:
            asking = Asking(self._tokenizer, device, precision, budget)
            return parts.task.written(model, encoded, parts.inputs, self.space, asking)
        outputs = infer(
            model, encoded, parts.inputs, device=device, precision=precision, token_budget=budget, task=parts.task
        )
        return parts.task.answers(outputs, encoded, self.space)

    def _columns(self, rows: Sequence[Row]) -> dict[str, list[Cell]]:
        said = {name for row in rows if isinstance(row, Mapping) for name in row}
        whole = Parts.of(self.recipe)
        inputs = (whole if any(map(_is_pair, rows)) else whole.answering(said)).inputs
        names = inputs.predict_columns
        turns = inputs.turns_column if isinstance(inputs, ChatInput) else ""
        columns: dict[str, list[Cell]] = {name: [] for name in names}
        problems = []
        for index, row in enumerate(rows):
            given = row if isinstance(row, Mapping) else _by_column(row, names, turns)
            if given is None:
                what = f"is not what this model reads: {_wanted(names)}"
                problems.append(Problem(f"row {index + 1}", what))
                continue
            for name in names:
                if name not in given:
                    hint = near_miss(name, given) or f"It has: {', '.join(given)}"
                    problems.append(Problem(f"row {index + 1}", f"lacks the column {name!r}", hint))
                try:
                    columns[name].append(told_cell(given.get(name), name == turns))
                except ValueError as error:
                    problems.append(Problem(f"row {index + 1}", f"{name!r} {error}"))
        if problems:
            raise DataError("The rows cannot be predicted.", problems)
        return columns


def _is_pair(row: Any) -> bool:
    return isinstance(row, (tuple, list))


def _by_column(row: Any, names: Sequence[str], turns: str) -> dict[str, Any] | None:
    """A text, one text a column, or a conversation, by column; None when it is none of them."""
    if tuple(names) == (turns,) and _is_pair(row) and row and not any(isinstance(each, str) for each in row):
        return {turns: row}
    texts = (row,) if isinstance(row, str) else row
    fits = isinstance(texts, (tuple, list)) and len(texts) == len(names)
    return dict(zip(names, texts, strict=True)) if fits and all(isinstance(t, str) for t in texts) else None


def _wanted(names: Sequence[str]) -> str:
    columns = ", ".join(repr(name) for name in names)
    return f"a text, or a mapping with {columns}" if len(names) == 1 else f"({columns}), or a mapping with these names"
