"""A causal model learns which of two answers is preferred."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from tunewright.data.plan import like_lengths
from tunewright.data.table import Cell
from tunewright.data.usable import TargetKind
from tunewright.inputs import Batch, Encoded, Input
from tunewright.inputs.preference import REJECTED, PreferenceInput
from tunewright.losses import LossSum
from tunewright.losses.dpo import DPO
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo, preference
from tunewright.models.head import HeadClass, ProblemType
from tunewright.models.language_head import bare_language_model
from tunewright.models.load_options import LoadOptions
from tunewright.models.packing import Packing
from tunewright.models.row_places import first_tokens, real_tokens, row_slices
from tunewright.models.source import Source
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.instruct import Instruct
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.task import Outputs, Task
from tunewright.tasks.token_losses import token_losses

__all__ = ["PAIRS", "Prefer"]

PAIRS = Space("preferences", ("chosen", "rejected"))
"""Of each pair the model puts out the log-probabilities of both answers."""
_FILLING = 0
"""The id behind the end of a side, where it is not read."""


class Prefer(Task):
    """Direct preference optimisation: of two answers to a question the chosen one shall become likelier, measured from
    the model that the training began with (Rafailov et al. 2023).

    That model's log-probabilities are computed once, before the first step. Start from a model that answers already,
    such as the `model/` of an `instruct` run.
    """

    target_kind: ClassVar[TargetKind] = "none"
    learns: ClassVar[OutputKind] = "preference"
    auto_class: ClassVar[HeadClass] = "AutoModelForCausalLM"
    takes_packed: ClassVar[bool] = True
    problem_type: ClassVar[ProblemType | None] = None
    primary: ClassVar[str] = "reward_accuracy"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = preference.NAMES
    baselines: ClassVar[tuple[str, ...]] = ("longer",)
    refers: ClassVar[bool] = True

    kind: Literal["prefer"] = "prefer"
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="dpo", validate_default=True)
    """What training makes small, summed over pairs: `dpo`, with its beta."""

    def misfit(self, inputs: Input) -> tuple[str, str] | None:
        if isinstance(inputs, PreferenceInput):
            return None
        hint = "Write {prompt: COLUMN, chosen: COLUMN, rejected: COLUMN}."
        return f"is {inputs.kind}, and prefer learns from pairs of answers", hint

    def ready(self, config: Any, tokenizer: Any) -> None:
        Instruct().ready(config, tokenizer)

    def faults(self, encoded: Encoded) -> dict[int, str]:
        """Pairs that are the same, or one of whose answers lies beyond the limit."""
        assert encoded.marks is not None
        found = {}
        for row, (low, high) in enumerate(itertools.pairwise(encoded.offsets.tolist())):
            marks, ids = encoded.marks[low:high], encoded.ids[low:high]
            chosen, rejected = ids[marks == 1], ids[marks == REJECTED + 1]
            if not len(chosen) or not len(rejected):
                found[row] = "an answer lies beyond half of data.max_length"
            elif np.array_equal(chosen, rejected):
                found[row] = "both answers are the same, as far as they are read"
        return found

    def ids_read(self, encoded: Encoded, config: Any) -> NDArray[np.integer[Any]]:
        """The one that fills up sides of unlike lengths, too."""
        return np.append(encoded.ids, _FILLING)

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded) -> Space:
        return PAIRS

    def saved_space(self, config: Any) -> Space:
        return PAIRS

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded) -> NDArray[np.float32]:
        """(rows, 2): what the reference says of both answers, which is filled in once there is a model."""
        return np.zeros((len(encoded.full_lengths), 2), dtype=np.float32)

    def targets(
        self, truth: NDArray[np.float32], encoded: Encoded, samples: NDArray[np.int64], space: Space
    ) -> NDArray[np.float32]:
        return truth[samples]

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        return Instruct().model(source, space, options)

    def bare_model(self, config: Any, space: Space) -> nn.Module:
        return bare_language_model(config, self.auto_class)

    def outputs(self, model: nn.Module, arguments: Mapping[str, Any]) -> Tensor:
        """Log-probabilities of chosen and rejected answers over all their tokens, fp32 (pairs, 2); 0 twice where
        one of them was cut away."""
        layout = arguments.get("layout")
        given, answer, sequence = (_padded_sides if layout is None else _packed_sides)(arguments)
        count = 2 * len(arguments["input_ids"] if layout is None else layout.first)
        ids = given["input_ids"]
        at = torch.zeros_like(answer)
        at[:, :-1] = answer[:, 1:]
        loss, _ = token_losses(model, given, at, ids[answer])
        owner = sequence[answer]
        sums = torch.zeros(count, dtype=torch.float32, device=ids.device).index_add(0, owner, loss)
        answered = torch.zeros(count, device=ids.device).index_fill(0, owner, 1.0) > 0
        whole = answered.view(2, -1).all(dim=0)  # else only an answer's length would count
        return -sums.view(2, -1).T * whole[:, None]

    def loss_of(self, model: nn.Module, batch: Batch, space: Space) -> LossSum:
        return self.compute_loss(self.outputs(model, batch.arguments), batch.targets, space)

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> NDArray[np.float64]:
        """(rows, 2) log-probabilities."""
        return outputs.astype(np.float64)

    def margins(self, truth: NDArray[np.float32], answers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reward of the chosen answer minus that of the rejected one: (rows,)."""
        gained = answers - truth
        found: NDArray[np.float64] = cast(DPO, self.loss).beta * (gained[:, 0] - gained[:, 1])
        return found

    def replies(
        self, model: nn.Module, inputs: Input, cells: Mapping[str, Sequence[Any]], tokenizer: Any, max_length: int
    ) -> list[Prediction] | None:
        """An answer to each question."""
        return Instruct().replies(model, inputs, cells, tokenizer, max_length)

    def prompts(self, inputs: Input, cells: Mapping[str, Sequence[Any]], tokenizer: Any) -> list[list[int]]:
        return Instruct().prompts(inputs, cells, tokenizer)

    def decide(self, answers: NDArray[np.float64], space: Space) -> list[str]:
        return [f"log-probabilities {chosen:.5g} and {rejected:.5g}" for chosen, rejected in answers]

    def in_words(self, truth: NDArray[np.float32], space: Space) -> list[str]:
        return [f"the first answer; by the reference {one:.5g} and {other:.5g}" for one, other in truth]

    def predictions(self, answers: NDArray[np.float64], space: Space, texts: Sequence[str]) -> list[Prediction]:
        return [
            Prediction(
                words, None, {}, columns={"chosen_log_probability": float(a), "rejected_log_probability": float(b)}
            )
            for words, (a, b) in zip(self.decide(answers, space), answers, strict=True)
        ]

    def metric_values(
        self, truth: NDArray[np.float32], answers: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return preference.values(self.margins(truth, answers), weights)

    def wrongness(
        self, truth: NDArray[np.float32], answers: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        margins = self.margins(truth, answers)
        return margins < 0, -margins

    def asked_anew(self, inputs: Input, cells: Mapping[str, Sequence[Any]], encoded: Encoded) -> list[dict[str, Any]]:
        """Two questions a row."""
        assert isinstance(inputs, PreferenceInput) and encoded.marks is not None
        found = []
        for row, pair in enumerate(zip(*inputs.both(cells), strict=True)):
            part = slice(int(encoded.offsets[row]), int(encoded.offsets[row + 1]))
            ids, marks = encoded.ids[part], encoded.marks[part]
            for side, turns in enumerate(pair):
                own, learned = ids[marks // REJECTED == side], marks[marks // REJECTED == side] % REJECTED
                score = [[place - 1, int(own[place])] for place in np.flatnonzero(learned).tolist() if place]
                found.append({"messages": turns, "hide": [], "score": score})
        return found

    def told_anew(self, found: Sequence[Any], encoded: Encoded) -> Outputs:
        sums = np.array([-np.asarray(one, dtype=np.float64).reshape(-1, 2)[:, 0].sum() for one in found]).reshape(-1, 2)
        sizes = np.array([len(one) for one in found], dtype=np.int64).reshape(-1, 2)
        sums[sizes.min(axis=1) == 0] = 0.0
        return sums.astype(np.float32)


def _padded_sides(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Tensor, Tensor]:
    """Pairs as twice as many sequences, all chosen ones and then all rejected ones: the model's arguments, which tokens
    belong to an answer, and which sequence each token belongs to, (2 * pairs, width) each."""
    ids, marks = arguments["input_ids"], arguments["marks"]
    real = real_tokens(arguments)
    sides = [real & (marks // REJECTED == side) for side in (0, 1)]
    width = max(int(side.sum(dim=1).max()) for side in sides)
    made = [ids.new_full((2 * len(ids), width), filling) for filling in (_FILLING, 0, 0)]
    lengths = torch.cat([side.sum(dim=1) for side in sides])
    places = torch.arange(width, device=ids.device)[None, :] < lengths[:, None]
    for out, values in zip(made, (ids, torch.ones_like(ids), marks % REJECTED), strict=True):
        out[places] = torch.cat([values[side] for side in sides])
    answer = made[2].bool()
    answer[:, 0] = False
    sequence = torch.arange(len(lengths), device=ids.device)[:, None].expand_as(answer)
    return {"input_ids": made[0], "attention_mask": made[1]}, answer, sequence


def _packed_sides(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Tensor, Tensor]:
    """The same without padding: sequences one behind the other, (1, tokens) each."""
    device = arguments["input_ids"].device
    ids, marks = (arguments[name].cpu().numpy().ravel() for name in ("input_ids", "marks"))
    rows = row_slices(arguments)
    places = [np.arange(row.start, row.stop)[marks[row] // REJECTED == side] for side in (0, 1) for row in rows]
    lengths = np.array([len(own) for own in places], dtype=np.int64)
    flat = np.concatenate(places)
    sides = Encoded(
        ids=ids[flat].astype(np.int32),
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        types=None,
        full_lengths=lengths,
        unknown=0,
        pad_id=_FILLING,
        marks=(marks[flat] % REJECTED).astype(np.int8),
    )
    groups = like_lengths(np.flatnonzero(lengths), lengths)
    packing = Packing(device, by_token=True, causal=True)
    given = packing.arguments(sides, groups)
    answer = (given.pop("marks") == 1) & ~first_tokens(given)
    sequence = torch.zeros_like(given["input_ids"])
    for index, row in zip(np.concatenate(groups).tolist(), row_slices(given), strict=True):
        sequence[0, row] = index
    return given, answer, sequence
