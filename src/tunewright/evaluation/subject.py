"""What is measured: a trained model, its data, and the conditions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.table import Table
from tunewright.evaluation.inference import infer
from tunewright.inputs import Encoded, Input
from tunewright.inputs.input import Cells
from tunewright.recipe import Part
from tunewright.records import Record, RunFolder
from tunewright.tasks import Space, Task
from tunewright.tasks.asking import Asking
from tunewright.tasks.task import Answers, Truth

__all__ = ["Probe", "Split", "Subject"]


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of one split: as read, as tokens, and their truth."""

    name: str
    table: Table
    encoded: Encoded
    truth: Truth

    def __len__(self) -> int:
        return len(self.table)

    def take(self, rows: NDArray[np.int64]) -> Split:
        """Some of the rows, in that order."""
        index = np.asarray(rows, dtype=np.int64)
        return Split(self.name, self.table.take(index), self.encoded.of_rows(index), self.truth[index])


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained model and all that a probe may ask for.

    Attributes:
        model: plain transformers model, merged, in evaluation mode, on `device`.
        pretrained: loads the bare model it was trained from.
        base: loads the model as it was before the training, with the task's head.
        overlap: tokens that neighbouring windows of a long row share; None where rows are cut.
        learned: rows of each split whose input also stands in a row to learn from.
        source: the files measured on, where they are not those of the run's recipe.
        training_peak_bytes: most memory used while training, if known.
        report_progress: told one short sentence now and then.
    """

    model: nn.Module
    pretrained: Callable[[], nn.Module]
    tokenizer: Any
    task: Task
    inputs: Input
    space: Space
    train: Split
    validation: Split | None
    test: Split | None
    device: torch.device
    precision: str
    token_budget: int
    max_length: int
    folder: RunFolder
    seed: int
    training_peak_bytes: int | None
    report_progress: Callable[[str], None]
    overlap: int | None = None
    learned: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    base: Callable[[], nn.Module] | None = None

    @property
    def measured(self) -> Split:
        """Rows that figures are about: test, else validation, else train; its name says which."""
        return self.test or self.validation or self.train

    def encode(self, cells: Cells) -> Encoded:
        """Rows as the tuned model reads them."""
        return self.task.encoded(self.inputs, cells, self.tokenizer, self.max_length, overlap=self.overlap)

    def outputs(self, encoded: Encoded) -> NDArray[np.float32]:
        """What the tuned model puts out for encoded rows."""
        return infer(
            self.model,
            encoded,
            self.inputs,
            device=self.device,
            precision=self.precision,
            token_budget=self.token_budget,
            task=self.task,
        )

    def answers(self, encoded: Encoded) -> Answers:
        """The tuned model's answers to encoded rows."""
        if self.task.generates:
            asking = Asking(self.tokenizer, self.device, self.precision, self.token_budget)
            return self.task.written(self.model, encoded, self.inputs, self.space, asking)
        return self.task.answers(self.outputs(encoded), encoded, self.space)


class Probe(Part):
    """Measures one thing about a subject."""

    @abstractmethod
    def measure(self, subject: Subject) -> Record:
        """The measurement; the pipeline writes it to `evaluation/<kind>.json`."""
