"""The contract of a task.

A row takes this way: its target cell becomes its truth (`encode`), and for training the targets of its samples
(`targets`). The model's outputs on a micro-batch (`outputs`) become a loss (`loss_of`), and over all samples of a split
the answers, one a row (`answers`). Truth and answers together make the metrics, and all that is shown of them.

What it asks of rows before that is in `reads.py`.

What a task calls truth and answers is its own: arrays, or anything with a length that is indexed by an array of rows.
Tasks that put out one vector a row derive from `RowTask`, which leaves little to say.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import model_validator
from pydantic_core import PydanticCustomError
from torch import Tensor, nn

from tunewright.data.table import Cell
from tunewright.data.usable import TargetKind
from tunewright.inputs import Batch, Encoded, Input
from tunewright.losses import Loss, LossSum
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo
from tunewright.metrics.rates import LabelRates
from tunewright.models.head import HeadClass, ProblemType, bare_with_head, load_with_head
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.recipe import Part, catalog
from tunewright.tasks.asking import Asking
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.reads import Reads
from tunewright.tasks.space import Space

__all__ = ["Answers", "Outputs", "Task", "Truth"]

Truth = Any
"""True answers of rows, as the task's metrics take them; indexed by an array of rows."""
Answers = Any
"""A model's answers on rows, as the task's metrics take them; indexed by an array of rows."""
Outputs = NDArray[np.float32]
"""What a model put out: (samples, outputs), or (tokens, outputs) for a task with `per_token`."""

_SPLIT_STEP = 64


class Task(Reads):
    """What a model learns to put out."""

    target_kind: ClassVar[TargetKind]
    """How a target cell is read, and its rows are counted and split."""
    learns: ClassVar[OutputKind]
    """What its loss is given: which losses can be chosen."""
    auto_class: ClassVar[HeadClass]
    """The class of transformers that opens its model."""
    problem_type: ClassVar[ProblemType | None]
    """What `config.problem_type` of its models says."""
    primary: ClassVar[str]
    """The metric a verdict is about, and that chooses the best model."""
    faultless: ClassVar[str] = ""
    """The metric that is 1 only if every row is right; empty where there is none."""
    metric_info: ClassVar[Mapping[str, MetricInfo]]
    baselines: ClassVar[tuple[str, ...]]
    """What it can be compared with, of the probe `quality`."""
    opened_by: ClassVar[str] = "fresh_load.py"
    """The script of the pipeline that opens its saved model with transformers alone."""
    generates: ClassVar[bool] = False
    """Whether its answers are texts that the model writes step by step: they come from `written` alone."""
    pools: ClassVar[bool] = False
    """Whether it makes one answer of the outputs of a row's windows, for tasks with one vector of outputs a row."""

    refers: ClassVar[bool] = False
    """Whether its truth is what the model said before the training (`pipeline/reference.py`)."""
    takes_packed: ClassVar[bool] = False
    """Whether it finds the rows of a micro-batch by `models/row_places.py` alone, so that models which answer for every
    token can be given them without padding, one behind the other, as classifiers of whole rows are for any task."""

    loss: Part

    def alone(self, inputs: Input) -> tuple[Input, Task] | None:
        """Input and task that answer rows without the pair's second text; None where there is nothing to say of
        them."""
        return None

    @property
    def across(self) -> bool:
        """Whether the loss of a sample looks at the other samples of its step: then `compute_loss` is given the
        outputs of the whole step at once, however it was cut."""
        return isinstance(self.loss, Loss) and self.loss.across

    @model_validator(mode="after")
    def _loss_fits(self) -> Self:
        if not isinstance(self.loss, Loss) or self.learns not in self.loss.target_kinds:
            allowed = self._fitting_losses()
            raise PydanticCustomError(
                "part_misfit",
                "has the loss {loss}, which cannot learn the targets of {task}",
                {"loss": self.loss.kind, "task": self.kind, "allowed": allowed, "hint": f"Losses that can: {allowed}."},
            )
        return self

    def _fitting_losses(self) -> str:
        losses = {kind: catalog.load("loss", kind) for kind in catalog.kinds("loss")}
        return ", ".join(k for k, c in losses.items() if issubclass(c, Loss) and self.learns in c.target_kinds)

    # --- targets ---------------------------------------------------------------------------------------------------

    @abstractmethod
    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded) -> Space:
        """Learn the space from the training rows: their target column `name`, and their tokens."""

    @abstractmethod
    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded) -> Truth:
        """The truth of rows, from their target cells."""

    @abstractmethod
    def targets(self, truth: Truth, encoded: Encoded, samples: NDArray[np.int64], space: Space) -> NDArray[Any]:
        """Targets of some samples, as the loss takes them beside the outputs of these samples."""

    def shares(self, encoded: Encoded, samples: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """How much each sample's loss counts, where a row's is parted among its windows; None where each counts 1."""
        return None

    # --- the model -------------------------------------------------------------------------------------------------

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        """The pretrained model with a head for this space."""
        return load_with_head(source, space.names, self.problem_type, options, self.auto_class)

    def bare_model(self, config: Any, space: Space) -> nn.Module:
        """The same architecture without pretrained weights, on the current default device: for counting."""
        return bare_with_head(config, len(space.names), self.auto_class)

    def settle(self, space: Space, model: nn.Module) -> Space:
        """The space as this model can carry it; called once, before training."""
        return space

    @property
    def sought(self) -> tuple[int, float] | None:
        """How many wrong partners shall be found for each training row before training begins, and their highest cosine
        as a share of that of the row's own (`pipeline/mining.py`); None where none are wanted."""
        return None

    @property
    def calibrates(self) -> bool:
        """Whether only the trained model's outputs tell what they mean in the target's unit."""
        return False

    def calibrated(self, space: Space, outputs: Outputs, truth: Truth) -> Space:
        """The space with the unit that fits a trained model's outputs on these rows; as it is, where none is
        missing."""
        return space

    def fold(self, model: nn.Module, space: Space) -> Space:
        """Move what the space still does to outputs into the model's weights, and give the space that is left."""
        return space

    def saved_space(self, config: Any) -> Space:
        """The space of a finished model, from its configuration."""
        return Space.of_config(config)

    def write_beside(self, folder: Path, config: Any, max_length: int) -> None:
        """Write what belongs into `model/` beside weights, configuration and tokenizer."""

    def opened(self, values: NDArray[np.float64], config: Any) -> NDArray[np.float64]:
        """Outputs from what `opened_by` printed for each sample."""
        return values

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """What the model puts out for a micro-batch: (samples, outputs), or (tokens, outputs) with `per_token`."""
        logits: Tensor = model(**arguments).logits
        return logits

    def asked_anew(
        self, inputs: Input, cells: Mapping[str, Sequence[Any]], encoded: Encoded
    ) -> list[dict[str, Any]] | None:
        """What a process with plain transformers is asked about each sample, to compare the saved model with this one
        (`pipeline/fresh_load.py`); None asks for the logits of each text."""
        return None

    def told_anew(self, found: Sequence[Any], encoded: Encoded) -> Outputs:
        """Outputs from that process's answers, one a sample."""
        return np.concatenate(found) if self.per_token else np.stack(found)

    # --- the loss --------------------------------------------------------------------------------------------------

    def loss_of(self, model: nn.Module, batch: Batch, space: Space) -> LossSum:
        """(sum, weight) of a micro-batch, the model's calls included.

        The weight counts what the sum is over: samples, label tokens or pairs. The step divides by it once, over all
        micro-batches.
        """
        return self.shared_loss(self.outputs(model, batch.arguments), batch.targets, batch.shares, space)

    def shared_loss(self, outputs: Tensor, targets: Tensor, shares: Tensor | None, space: Space) -> LossSum:
        """(sum, weight) where each sample counts its share: any loss part, called once for each share that occurs."""
        if shares is None:
            return self.compute_loss(outputs, targets, space)
        total, weight = outputs.sum() * 0.0, 0.0
        for share in sorted(set(shares.tolist())):
            mine = shares == share
            part = self.compute_loss(outputs[mine], targets[mine], space)
            total, weight = total + part.sum * share, weight + part.weight * share
        return LossSum(total, weight)

    def compute_loss(self, outputs: Tensor, targets: Tensor, space: Space) -> LossSum:
        """(sum, weight); the one place where outputs meet targets, in training and in validation."""
        assert isinstance(self.loss, Loss)
        return self.loss.compute(outputs, targets, space.names, space.counts)

    def loss_of_split(self, outputs: Tensor, targets: Tensor, space: Space) -> LossSum:
        """(sum, weight) over all samples of a split; where they look at one another, in steps of 64."""
        if not self.across:
            return self.compute_loss(outputs, targets, space)
        pieces = zip(torch.split(outputs, _SPLIT_STEP), torch.split(targets, _SPLIT_STEP), strict=True)
        sums, weights = zip(*(self.compute_loss(*piece, space) for piece in pieces), strict=True)
        return LossSum(torch.stack(sums).sum(), sum(weights))

    # --- answers ---------------------------------------------------------------------------------------------------

    def written(self, model: nn.Module, encoded: Encoded, inputs: Input, space: Space, asking: Asking) -> Answers:
        """The answer to each row, written by the model; asked only of tasks that `generates`."""
        raise NotImplementedError(f"{self.kind} writes nothing")

    @abstractmethod
    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> Answers:
        """The answer to each row, from the outputs of all its samples."""

    @abstractmethod
    def decide(self, answers: Answers, space: Space) -> list[str]:
        """The answer to each row in words."""

    @abstractmethod
    def predictions(self, answers: Answers, space: Space, texts: Sequence[str]) -> list[Prediction]:
        """The answers as `predict` gives them.

        Args:
            answers: one a row.
            space: what the outputs mean.
            texts: what the model read of each row; a pair joined by a line break.
        """

    def replies(
        self, model: nn.Module, inputs: Input, cells: Mapping[str, Sequence[Any]], tokenizer: Any, max_length: int
    ) -> list[Prediction] | None:
        """For tasks that answer new rows by writing a text: the answers; None where they follow from outputs."""
        return None

    def prompts(self, inputs: Input, cells: Mapping[str, Sequence[Any]], tokenizer: Any) -> list[list[int]] | None:
        """For tasks with `replies`: the tokens that the model goes on with, to answer each row."""
        return None

    # --- what is measured ------------------------------------------------------------------------------------------

    @abstractmethod
    def metric_values(
        self, truth: Truth, answers: Answers, weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """Every metric of the task under each of r weightings (r, rows) of the rows."""

    @abstractmethod
    def in_words(self, truth: Truth, space: Space) -> list[str]:
        """The truth of each row as `decide` would put it."""

    def quoted(self, found: Answers, space: Space, texts: Sequence[str]) -> list[str] | None:
        """Answers, or truth of the same kind, with the words they are about, for people who look at single rows; None
        where `decide` and `in_words` say it all."""
        return None

    def excerpts(self, truth: Truth, answers: Answers, texts: Sequence[str]) -> list[str] | None:
        """The part of each text that its truth and answer are about, for people; None where the beginning will do."""
        return None

    def out_of_reach(self, truth: Truth, encoded: Encoded) -> dict[str, list[int]]:
        """The rows of what the model can never answer as the truth has it, by the audit's code for why."""
        return {}

    @abstractmethod
    def wrongness(self, truth: Truth, answers: Answers) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which rows are wrong, and how wrong each is: (rows,) twice."""

    def remarks(self, truth: Truth, answers: Answers) -> list[str]:
        """What a reader of the figures must know, one sentence each."""
        return []

    def of_vectors(self, truth: Truth, vectors: tuple[Any, Any], learned: tuple[Truth, tuple[Any, Any]]) -> Answers:
        """Answers of a baseline that compares the vectors of two texts; asked only by those that a task names.

        Args:
            truth: of the rows to be answered, for what does not give the answer away (which texts are the same).
            vectors: of their first and their second texts, (rows, width) of length 1, dense or sparse.
            learned: truth and vectors of training rows, to bring answers to the target's unit.
        """
        raise NotImplementedError(f"{self.kind} compares no vectors")

    def labels(self, space: Space) -> tuple[str, ...]:
        """The labels that are measured one by one; none for numbers."""
        return ()

    def label_rates(self, truth: Truth, answers: Answers, weights: NDArray[np.float64]) -> LabelRates:
        """Precision, recall and F1 of each of `labels` under each weighting; asked only where there are labels."""
        raise NotImplementedError(f"{self.kind} has no labels")

    def confusion(
        self, truth: Truth, answers: Answers, space: Space
    ) -> tuple[tuple[str, ...], NDArray[np.int64]] | None:
        """What is taken for what: names, and counts by truth and answer; None where the question makes no sense."""
        return None
