"""Vectors of texts, so that what belongs together lies close: for search, matching and grouping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from tunewright.data.table import Cell
from tunewright.data.usable import TargetKind
from tunewright.inputs import Encoded, Input
from tunewright.inputs.text import TextInput
from tunewright.inputs.text_pair import TextPairInput
from tunewright.inputs.wrong_partners import GIVEN
from tunewright.losses import LossSum
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo, retrieval
from tunewright.models.encoder import bare_encoder, load_encoder, text_vectors, vector_width
from tunewright.models.head import HeadClass, ProblemType
from tunewright.models.load_options import LoadOptions
from tunewright.models.sentence_files import write_sentence_files
from tunewright.models.source import Source
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.partners import Partners, text_numbers
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.task import Outputs, Task

__all__ = ["Embed", "EmbedOne"]


class Embed(Task):
    """A vector for each text, learned from pairs that belong together: questions and answers, titles and bodies.

    The wrong partners to learn from are those of all other rows of the step (in-batch negatives), and of the whole
    step, however it is cut into pieces or shared by processes; with the input `text+pair+negative` the texts that a row
    names as wrong are further ones, for all rows of the step. The vector of a text is the mean over its tokens of the
    last layer, brought to length 1.
    """

    target_kind: ClassVar[TargetKind] = "none"
    learns: ClassVar[OutputKind] = "pair"
    auto_class: ClassVar[HeadClass] = "AutoModel"
    opened_by: ClassVar[str] = "fresh_vectors.py"
    problem_type: ClassVar[ProblemType | None] = None
    primary: ClassVar[str] = "mrr_10"
    faultless: ClassVar[str] = "recall_1"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = retrieval.NAMES
    baselines: ClassVar[tuple[str, ...]] = ("overlap", "pretrained")
    paired: ClassVar[bool] = True
    contrasts: ClassVar[bool] = True

    kind: Literal["embed"] = "embed"
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="info_nce", validate_default=True)
    """What training makes small: `info_nce`, whose temperature and directions are its own fields."""
    hard_negatives: int = Field(default=0, ge=0, le=16)
    """Wrong partners that are looked for, for each training row, among the second texts of the others before training
    begins: the nearest by the pretrained model; 0 looks for none."""
    negative_margin: float = Field(default=0.95, gt=0.0, le=1.0)
    """Highest cosine of such a partner, as a share of that of the row's own; nearer ones may be right (0.95: Moreira et
    al. 2024)."""

    @property
    def apart(self) -> bool:
        return True

    @property
    def sought(self) -> tuple[int, float] | None:
        return (self.hard_negatives, self.negative_margin) if self.hard_negatives else None

    def misfit(self, inputs: Input) -> tuple[str, str] | None:
        found = super().misfit(inputs)
        if found is None and inputs.contrasts and self.hard_negatives:
            what = "names texts that are wrong, and task.hard_negatives looks for others"
            return what, "Write one of them: {text: COLUMN, pair: COLUMN}, or task.hard_negatives=0."
        return found

    def ids_read(self, encoded: Encoded, config: Any) -> NDArray[np.integer[Any]]:
        """Those of wrong partners, too."""
        return encoded.ids if encoded.negatives is None else np.concatenate([encoded.ids, encoded.negatives.ids])

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded) -> Space:
        return Space("vectors", ("vector",), (len(encoded),))

    def saved_space(self, config: Any) -> Space:
        return Space("vectors", ("vector",), (0,))

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded) -> NDArray[np.int64]:
        """(rows, 2 or more): the numbers of both texts and of wrong partners; equal texts have equal numbers."""
        return text_numbers(encoded)

    def targets(
        self, truth: NDArray[np.int64], encoded: Encoded, samples: NDArray[np.int64], space: Space
    ) -> NDArray[np.int64]:
        return truth[samples]

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        """The pretrained model without a head."""
        return load_encoder(source, options)

    def bare_model(self, config: Any, space: Space) -> nn.Module:
        return bare_encoder(config)

    def write_beside(self, folder: Path, config: Any, max_length: int) -> None:
        write_sentence_files(folder, vector_width(config), max_length)

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """(rows, 2 * width): the vectors of both texts of a row, one behind the other; in training also those of its
        wrong partners, zero where it has fewer than others."""
        given = arguments.get(GIVEN)
        vectors = text_vectors(model, {name: value for name, value in arguments.items() if name != GIVEN})
        if given is None:
            return torch.cat(vectors.chunk(2), dim=1)
        rows, most = given.shape
        wrong = vectors.new_zeros(rows, most, vectors.shape[1])
        wrong[given] = vectors[2 * rows :]
        return torch.cat([*vectors[: 2 * rows].chunk(2), wrong.flatten(1)], dim=1)

    def loss_of_split(self, outputs: Tensor, targets: Tensor, space: Space) -> LossSum:
        """Of the pairs alone, in steps of 64: wrong partners are read in training only."""
        return super().loss_of_split(outputs, targets[:, :2].contiguous(), space)

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> Partners:
        numbers = text_numbers(encoded)
        if encoded.second is None:
            return Partners(numbers, outputs)
        first, second = np.split(outputs, 2, axis=1)
        return Partners(numbers, first, second)

    def of_vectors(
        self,
        truth: NDArray[np.int64],
        vectors: tuple[Any, Any],
        learned: tuple[NDArray[np.int64], tuple[Any, Any]],
    ) -> Partners:
        return Partners(truth, *vectors)

    def alone(self, inputs: Input) -> tuple[Input, Task] | None:
        """Vectors are wanted of single texts too."""
        return (TextInput(text=inputs.text), EmbedOne(loss=self.loss)) if isinstance(inputs, TextPairInput) else None

    def decide(self, answers: Partners, space: Space) -> list[str]:
        return [f"rank {rank:g}" for rank in answers.ranks]

    def quoted(self, found: Partners | NDArray[np.int64], space: Space, texts: Sequence[str]) -> list[str] | None:
        """How near the two texts are, beside where that puts them."""
        if not isinstance(found, Partners):
            return None
        pairs = zip(self.decide(found, space), found.cosines, strict=True)
        return [f"{place}, cosine {cosine:.2f}" for place, cosine in pairs]

    def predictions(self, answers: Partners, space: Space, texts: Sequence[str]) -> list[Prediction]:
        if answers.second is None:
            return [Prediction("", None, {}, vector=tuple(map(float, one))) for one in answers.first]
        rows = zip(answers.first, answers.second, answers.cosines, strict=True)
        return [
            Prediction("", None, {}, float(c), vector=tuple(map(float, a)), pair_vector=tuple(map(float, b)))
            for a, b, c in rows
        ]

    def metric_values(
        self, truth: NDArray[np.int64], answers: Partners, weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return retrieval.values(answers.ranks, weights)

    def in_words(self, truth: NDArray[np.int64], space: Space) -> list[str]:
        return ["rank 1"] * len(truth)

    def wrongness(self, truth: NDArray[np.int64], answers: Partners) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """The farther down the right partner stands, the worse."""
        return answers.ranks > 1, answers.ranks

    def remarks(self, truth: NDArray[np.int64], answers: Partners) -> list[str]:
        return [
            f"The right partner of each text is looked for among the {len(answers.candidates):,} different second "
            "texts of these rows: among more of them every figure would be lower."
        ]


class EmbedOne(Embed):
    """The same of single texts, for prediction."""

    paired: ClassVar[bool] = False

    @property
    def apart(self) -> bool:
        return False

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """(rows, width)."""
        return text_vectors(model, arguments)
