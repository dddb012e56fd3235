"""A label for each word: the names of persons, places, diseases in a text."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import softmax
from torch import Tensor, nn

from tunewright.data.entities import entities_of
from tunewright.data.table import Cell
from tunewright.data.tag_schemes import Entity
from tunewright.data.usable import TargetKind
from tunewright.inputs import Encoded
from tunewright.losses import LossSum
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo, entities
from tunewright.metrics.rates import LabelRates
from tunewright.models.head import HeadClass, ProblemType
from tunewright.models.row_places import real_tokens
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.entity_rows import EntityRows, counted, taken_for
from tunewright.tasks.prediction import Found, Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.task import Outputs, Task
from tunewright.tasks.word_tags import IGNORED, best_tokens, read_tags, tags_of_words

__all__ = ["Tag", "types_of"]


class Tag(Task):
    """Entities in a text: each word is inside one of some type, or in none (named-entity recognition).

    The model puts out a tag in BIO for every token. The first token of a word learns and answers for the word (Devlin
    et al. 2019, section 5.3): so an answer never ends inside a word, a long word weighs no more than a short one, and
    figures do not depend on how a tokenizer cuts words. Long texts can be read through windows (`on_long: window`); of
    a word in two windows the answer with more context on its poorer side counts.
    """

    target_kind: ClassVar[TargetKind] = "entities"
    learns: ClassVar[OutputKind] = "label"
    auto_class: ClassVar[HeadClass] = "AutoModelForTokenClassification"
    problem_type: ClassVar[ProblemType | None] = None
    primary: ClassVar[str] = "f1"
    faultless: ClassVar[str] = "exact_match"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = entities.NAMES
    baselines: ClassVar[tuple[str, ...]] = ("dictionary",)
    per_token: ClassVar[bool] = True
    in_windows: ClassVar[bool] = True
    takes_packed: ClassVar[bool] = True

    kind: Literal["tag"] = "tag"
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="cross_entropy", validate_default=True)
    """What training makes small, summed over words: `cross_entropy` or `focal`."""

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded) -> Space:
        """Tags in BIO of the types in the training rows; counts are of the words that learn."""
        types = sorted({kind for cell in cells for _, _, kind in entities_of(cell)})
        names = tuple(sorted(["O", *(f"{letter}-{kind}" for kind in types for letter in "BI")]))
        space = Space("tags", names)
        truth = self.encode(cells, space, encoded)
        targets = self.targets(truth, encoded, np.arange(len(encoded)), space)
        counts = Counter(targets[targets != IGNORED].tolist())
        return Space("tags", names, tuple(counts[index] for index in range(len(names))))

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded) -> EntityRows:
        """Entities by characters; those given by words take the places of their words."""
        rows = [self._by_characters(cell, encoded, row) for row, cell in enumerate(cells)]
        return EntityRows.of(types_of(space), rows)

    def targets(
        self, truth: EntityRows, encoded: Encoded, samples: NDArray[np.int64], space: Space
    ) -> NDArray[np.int64]:
        """(tokens of the samples,): the tag of the word that a token begins, -1 where it begins none."""
        assert encoded.words is not None
        found = []
        rows = encoded.rows
        for sample in samples.tolist():
            first = encoded.words.first[encoded.offsets[sample] : encoded.offsets[sample + 1]]
            row = int(rows[sample])
            tags = tags_of_words(encoded.words.of(row), truth.of_row(row), space.names)
            found.append(np.where(first >= 0, tags[first] if len(tags) else IGNORED, IGNORED))
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """(tokens, tags) of the tokens that are no padding, sample after sample."""
        logits: Tensor = model(**arguments).logits
        return logits[real_tokens(arguments)]

    def compute_loss(self, outputs: Tensor, targets: Tensor, space: Space) -> LossSum:
        """Over the words of the batch: the weight counts them."""
        learned = targets != IGNORED
        return super().compute_loss(outputs[learned], targets[learned], space)

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> EntityRows:
        assert encoded.words is not None
        probabilities = softmax(outputs.astype(np.float64), axis=-1)
        best, certain = probabilities.argmax(axis=1), probabilities.max(axis=1)
        samples = np.arange(len(encoded))
        bounds = np.searchsorted(encoded.rows, np.arange(len(encoded.full_lengths) + 1))
        found, scores = [], []
        for row, (low, high) in enumerate(itertools.pairwise(bounds)):
            token = best_tokens(encoded, row, samples[low:high])
            tags = np.where(token >= 0, best[token], -1)
            cut = encoded.row_of is None and bool(encoded.full_lengths[row] > encoded.lengths[row])
            own, told = read_tags(encoded.words.of(row), tags, certain[token], space.names, cut)
            found.append(own)
            scores.append(told)
        return EntityRows.of(types_of(space), found, scores)

    def decide(self, answers: EntityRows, space: Space) -> list[str]:
        return [
            ", ".join(f"{kind} {start}-{end}" for start, end, kind in answers.of_row(r)) for r in range(len(answers))
        ]

    def in_words(self, truth: EntityRows, space: Space) -> list[str]:
        return self.decide(truth, space)

    def quoted(self, found: EntityRows, space: Space, texts: Sequence[str]) -> list[str]:
        """`PER "Anna Lee", LOC "Hue"`"""
        rows = [found.of_row(row) for row in range(len(found))]
        return [
            ", ".join(f'{kind} "{text[start:end]}"' for start, end, kind in row)
            for row, text in zip(rows, texts, strict=True)
        ]

    def predictions(self, answers: EntityRows, space: Space, texts: Sequence[str]) -> list[Prediction]:
        found = []
        for row, (text, words) in enumerate(zip(texts, self.decide(answers, space), strict=True)):
            scores = answers.scores_of_row(row)
            own = tuple(
                Found(start, end, kind, text[start:end], score)
                for (start, end, kind), score in zip(answers.of_row(row), scores, strict=True)
            )
            found.append(Prediction(words, min(scores, default=None), {}, entities=own))
        return found

    def metric_values(
        self, truth: EntityRows, answers: EntityRows, weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return entities.values(counted(truth, answers), weights)

    def wrongness(self, truth: EntityRows, answers: EntityRows) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """How many entities of a row are missed or too many."""
        counts = counted(truth, answers)
        wrong = (counts.true + counts.predicted - 2 * counts.hits).sum(axis=1)
        return wrong > 0, wrong.astype(np.float64)

    def out_of_reach(self, truth: EntityRows, encoded: Encoded) -> dict[str, list[int]]:
        """Entities that begin or end inside a word: a tagger of words cannot find them."""
        assert encoded.words is not None
        found = []
        for row in np.unique(truth.row).tolist():
            words = encoded.words.of(row)
            starts, ends = set(words[:, 0].tolist()), set(words[:, 1].tolist())
            found += [row for start, end, _ in truth.of_row(row) if start not in starts or end not in ends]
        return {"torn_words": found}

    def labels(self, space: Space) -> tuple[str, ...]:
        return types_of(space)

    def label_rates(self, truth: EntityRows, answers: EntityRows, weights: NDArray[np.float64]) -> LabelRates:
        return entities.per_type(counted(truth, answers), weights)

    def confusion(
        self, truth: EntityRows, answers: EntityRows, space: Space
    ) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        return taken_for(truth, answers)

    @staticmethod
    def _by_characters(cell: Cell, encoded: Encoded, row: int) -> list[Entity]:
        assert encoded.words is not None
        found = entities_of(cell)
        if not encoded.words.given:
            return found
        words = encoded.words.of(row)
        return [(int(words[start, 0]), int(words[end - 1, 1]), kind) for start, end, kind in found]


def types_of(space: Space) -> tuple[str, ...]:
    """The types of entities among the tags of a space, in their order."""
    return tuple(dict.fromkeys(name.partition("-")[2] for name in space.names if name != "O"))
