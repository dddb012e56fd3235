"""How alike two texts are, as a number in the label's own unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from tunewright.data.table import Cell
from tunewright.inputs import Encoded
from tunewright.losses.loss import Loss
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.models.anatomy import inner_model
from tunewright.models.encoder import bare_encoder, load_encoder, text_vectors, vector_width
from tunewright.models.head import HeadClass
from tunewright.models.load_options import LoadOptions
from tunewright.models.sentence_files import write_sentence_files
from tunewright.models.source import Source
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.partners import cosines
from tunewright.tasks.regress import Regress
from tunewright.tasks.space import Space
from tunewright.tasks.task import Outputs

__all__ = ["Similarity"]

_SCALE = "similarity_scale"
"""In the configuration of a saved encoder: the labels at cosine 0 and at cosine 1."""
_FLAT = 1e-6
"""Cosines that differ by less say nothing of a line."""


class Similarity(Regress):
    """How alike the two texts of a row are: paraphrases, duplicates, matching entries. A number in the target's unit.

    `bi` reads each text by itself and answers with the cosine of two vectors, so vectors of a million texts can be
    made once and searched; the smallest label of the training rows stands for cosine 0, the largest for cosine 1.
    `cross` reads both together, which is more exact as a rule, and must read every pair anew.

    With `cosent`, a loss over the order of pairs, the ends of that scale are not given but found: a straight line from
    cosines to labels is fitted to the validation rows once training has ended.
    """

    primary: ClassVar[str] = "spearman"
    baselines: ClassVar[tuple[str, ...]] = ("majority", "tfidf", "overlap", "pretrained")

    paired: ClassVar[bool] = True

    kind: Literal["similarity"] = "similarity"  # type: ignore[assignment]
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="mse", validate_default=True)
    """What training makes small: `mse`, the squared error, or for `bi` `cosent`, the order of pairs."""
    architecture: Literal["bi", "cross"] = "bi"
    """`bi`: a vector for each text, compared by cosine (Reimers & Gurevych 2019); `cross`: both texts read together."""

    @property
    def apart(self) -> bool:
        return self.architecture == "bi"

    @property
    def learns(self) -> OutputKind:  # type: ignore[override]
        return "cosine" if self.apart else "number"

    @property
    def auto_class(self) -> HeadClass:  # type: ignore[override]
        return "AutoModel" if self.apart else "AutoModelForSequenceClassification"

    @property
    def opened_by(self) -> str:  # type: ignore[override]
        return "fresh_vectors.py" if self.apart else "fresh_load.py"

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded | None = None) -> Space:
        space = super().space(cells, name, encoded)
        if not self.apart:
            return space
        numbers = self.encode(cells, space)
        return replace(space, mean=float(numbers.min()), scale=float(np.ptp(numbers)) or 1.0)

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        if not self.apart:
            model = super().model(source, space, options)
            # CrossEncoder of sentence-transformers would bend a single output by a sigmoid
            cast(Any, model).config.sentence_transformers = {"activation_fn": "torch.nn.modules.linear.Identity"}
            return model
        model = load_encoder(source, options)
        config: Any = model.config
        config.id2label = dict(enumerate(space.names))
        config.label2id = {name: index for index, name in enumerate(space.names)}
        config.problem_type = self.problem_type
        setattr(config, _SCALE, None)  # that of an earlier training
        return model

    def bare_model(self, config: Any, space: Space) -> nn.Module:
        return bare_encoder(config) if self.apart else super().bare_model(config, space)

    def settle(self, space: Space, model: nn.Module) -> Space:
        return space if self.apart else super().settle(space, model)

    @property
    def calibrates(self) -> bool:
        return self.apart and isinstance(self.loss, Loss) and self.loss.ordinal

    def calibrated(self, space: Space, outputs: Outputs, truth: NDArray[np.float64]) -> Space:
        """With the line from cosines to labels that fits these rows best, if it rises at all."""
        cosine = np.asarray(outputs, dtype=np.float64).reshape(-1)
        if not self.calibrates or len(cosine) < 2 or np.ptp(cosine) < _FLAT:
            return space
        slope, level = _line(cosine, truth)
        return replace(space, mean=level, scale=slope) if slope > 0 else space

    def fold(self, model: nn.Module, space: Space) -> Space:
        """A cosine has no last layer to fold a unit into: the configuration keeps it."""
        if not self.apart:
            return super().fold(model, space)
        setattr(inner_model(model).config, _SCALE, [space.mean, space.mean + space.scale])
        return replace(space, mean=0.0, scale=1.0)

    def write_beside(self, folder: Path, config: Any, max_length: int) -> None:
        if self.apart:
            write_sentence_files(folder, vector_width(config), max_length)

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """(rows, 1): what the head says, or the cosine of a row's two vectors, in the label's unit once it is known."""
        if not self.apart:
            return super().outputs(model, arguments)
        first, second = text_vectors(model, arguments).chunk(2)
        low, high = _ends(inner_model(model).config)
        return low + (high - low) * (first * second).sum(dim=-1, keepdim=True)

    def of_vectors(
        self,
        truth: NDArray[np.float64],
        vectors: tuple[Any, Any],
        learned: tuple[NDArray[np.float64], tuple[Any, Any]],
    ) -> NDArray[np.float64]:
        """The cosine, on the straight line that fits the training rows best."""
        known, theirs = learned
        slope, level = _line(cosines(*theirs), known)
        return np.asarray(level + slope * cosines(*vectors))

    def remarks(self, truth: NDArray[np.float64], answers: NDArray[np.float64]) -> list[str]:
        if not self.calibrates:
            return super().remarks(truth, answers)
        return [
            f"The loss {self.loss.kind} orders pairs and gives cosines no unit: values are those of the straight line "
            "that fits the validation rows best (training rows where those are few), or, where no line rises, of one "
            "from the smallest label at cosine 0 to the largest at 1. Spearman and Pearson do not depend on it."
        ]

    def opened(self, values: NDArray[np.float64], config: Any) -> NDArray[np.float64]:
        if not self.apart:
            return values
        low, high = _ends(config)
        first, second = np.split(values, 2, axis=1)
        return np.asarray(low + (high - low) * (first * second).sum(axis=1, keepdims=True))


def _line(cosine: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[float, float]:
    """(slope, level) of the straight line that fits best."""
    level, slope = np.polynomial.Polynomial.fit(cosine, labels, 1, domain=[-1, 1]).coef
    return float(slope), float(level)


def _ends(config: Any) -> tuple[float, float]:
    """The labels at cosine 0 and 1; these themselves while the model trains."""
    low, high = getattr(config, _SCALE, None) or (0.0, 1.0)
    return low, high
