"""The answer to a question, as a place in a text: extractive question answering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from tunewright.data.table import Cell
from tunewright.data.usable import TargetKind
from tunewright.inputs import Encoded, Input
from tunewright.losses import LossSum
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.metrics import MetricInfo
from tunewright.metrics import answers as measures
from tunewright.models.head import HeadClass, ProblemType
from tunewright.models.load_options import LoadOptions
from tunewright.models.row_places import real_tokens
from tunewright.models.source import Source
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.answer_rows import FoundAnswers, RightAnswers
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.span_choice import choose, cover, marks
from tunewright.tasks.task import Outputs, Task

__all__ = ["Answer"]

_NAMES = ("start", "end")
_EXCERPT = 50
"""Characters of context kept on each side of what a mistake is about."""


class Answer(Task):
    """The answer to a question, found in a text that is given with it, or that there is none.

    The model puts out for every token how likely the answer starts and ends there (Devlin et al. 2019, section 4.2).
    Long contexts are read through windows (`on_long: window`), each with the whole question; a window that does not
    hold the answer learns to say so. Of all windows of a row the surest answer counts. Where training rows without an
    answer exist, the model may answer nothing: the least of the windows' scores for "no answer here" is held against
    the best answer's.
    """

    target_kind: ClassVar[TargetKind] = "answers"
    learns: ClassVar[OutputKind] = "span"
    auto_class: ClassVar[HeadClass] = "AutoModelForQuestionAnswering"
    problem_type: ClassVar[ProblemType | None] = None
    primary: ClassVar[str] = "f1"
    faultless: ClassVar[str] = "em"
    metric_info: ClassVar[Mapping[str, MetricInfo]] = measures.NAMES
    baselines: ClassVar[tuple[str, ...]] = ("sentence", "silence")
    per_token: ClassVar[bool] = True
    in_windows: ClassVar[bool] = True

    kind: Literal["answer"] = "answer"
    """Which task this is."""
    loss: Annotated[Part, PartOf("loss")] = Field(default="span_cross_entropy", validate_default=True)
    """What training makes small, summed over windows: `span_cross_entropy`."""
    longest: int = Field(default=30, ge=1)
    """Longest answer that is given, in tokens; SQuAD's baselines take 30."""
    threshold: float = 0.0
    """How much more likely, in nats, no answer must be than the best answer before none is given; higher answers more.
    Without effect where every training question has an answer."""

    def misfit(self, inputs: Input) -> tuple[str, str] | None:
        if inputs.tells_places:
            return None
        what = f"is {inputs.kind}, and {self.kind} looks for places in a context"
        return what, "Write {question: COLUMN, context: COLUMN}."

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded) -> Space:
        """The counts are of rows with an answer and of rows without."""
        bare = sum(len(cell or ()) < 2 for cell in cells)
        return Space("spans", _NAMES, (len(cells) - bare, bare))

    def saved_space(self, config: Any) -> Space:
        return Space("spans", _NAMES, (0, int(getattr(config, "no_answer", False))))

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded) -> RightAnswers:
        return RightAnswers(cells)

    def targets(
        self, truth: RightAnswers, encoded: Encoded, samples: NDArray[np.int64], space: Space
    ) -> NDArray[np.int64]:
        """(tokens of the samples, 3): the sample's number among these, and its marks of start and end."""
        assert encoded.words is not None
        rows, found = encoded.rows, [np.zeros((0, 3), dtype=np.int64)]
        for number, sample in enumerate(samples.tolist()):
            first = encoded.words.first[encoded.offsets[sample] : encoded.offsets[sample + 1]]
            row = int(rows[sample])
            own = marks(encoded.words.of(row), first, truth.of(row))
            found.append(np.concatenate([np.full((len(own), 1), number), own], axis=1))
        return np.concatenate(found)

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        """The pretrained model with a head for starts and ends. Its configuration says whether it may answer nothing
        (`no_answer`)."""
        made = super().model(source, space, options)
        cast(Any, made).config.no_answer = bool(space.counts[1])
        return made

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """(tokens, 2) of the tokens that are no padding, sample after sample."""
        said = model(**arguments)
        logits = torch.stack([said.start_logits, said.end_logits], dim=-1)
        return logits[real_tokens(arguments)]

    def compute_loss(self, outputs: Tensor, targets: Tensor, space: Space) -> LossSum:
        """Over the samples that hold something to learn: the weight counts them. Each window is one."""
        sizes = torch.bincount(targets[:, 0]).tolist()
        logits = _rows_of(outputs, sizes, 0.0)
        wanted = _rows_of(targets[:, 1:], sizes, -1)
        taught = (wanted > 0).any(dim=-1).all(dim=-1)
        return super().compute_loss(logits[taught], wanted[taught], space)

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> FoundAnswers:
        assert encoded.words is not None
        bounds = np.searchsorted(encoded.rows, np.arange(len(encoded.full_lengths) + 1))
        spans = np.full((len(encoded.full_lengths), 2), -1, dtype=np.int64)
        scores = np.zeros(len(spans))
        for row in range(len(spans)):
            said = []
            for sample in range(int(bounds[row]), int(bounds[row + 1])):
                low, high = int(encoded.offsets[sample]), int(encoded.offsets[sample + 1])
                said.append(choose(outputs[low:high], encoded.words.first[low:high], self.longest))
            best = max(said, key=lambda one: one.score)
            nothing = min(one.nothing for one in said)
            silent = bool(space.counts[1]) and nothing - best.score > self.threshold
            if best.span is None or silent:
                scores[row] = np.exp(nothing)
                continue
            words = encoded.words.of(row)
            spans[row] = words[best.span[0], 0], words[best.span[1], 1]
            scores[row] = np.exp(best.score)
        return FoundAnswers(spans, scores)

    def decide(self, answers: FoundAnswers, space: Space) -> list[str]:
        return [f"{start}-{end}" if start >= 0 else "no answer" for start, end in answers.spans.tolist()]

    def in_words(self, truth: RightAnswers, space: Space) -> list[str]:
        return self.decide(truth.first(), space)

    def quoted(self, found: Any, space: Space, texts: Sequence[str]) -> list[str]:
        """`"308"`; of several right answers each."""
        if isinstance(found, RightAnswers):
            rows = [list(dict.fromkeys(text for _, text in found.of(row))) for row in range(len(found))]
        else:
            own = [found.text(row, text) for row, text in enumerate(texts)]
            rows = [[text] if text else [] for text in own]
        return [", ".join(f'"{text}"' for text in row) or "no answer" for row in rows]

    def excerpts(self, truth: RightAnswers, answers: FoundAnswers, texts: Sequence[str]) -> list[str]:
        """The question, and the context around the right answers and the one that was given."""
        found = []
        for row, text in enumerate(texts):
            context = truth.context(row)
            places = [(start, start + len(own)) for start, own in truth.of(row)[:1]]
            places += [tuple(answers.spans[row].tolist())] if answers.spans[row, 0] >= 0 else []
            question = text.removesuffix(context).rstrip("\n")
            found.append("\n".join([question, _around(context, places)]))
        return found

    def predictions(self, answers: FoundAnswers, space: Space, texts: Sequence[str]) -> list[Prediction]:
        found = []
        for row, (context, score) in enumerate(zip(texts, answers.scores.tolist(), strict=True)):
            text, (start, end) = answers.text(row, context), answers.spans[row].tolist()
            place = {"start": start, "end": end} if start >= 0 else {"start": None, "end": None}
            found.append(Prediction(text, score, {}, columns={"answer": text, **place, "probability": round(score, 6)}))
        return found

    def metric_values(
        self, truth: RightAnswers, answers: FoundAnswers, weights: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        return measures.values(_scored(truth, answers), weights)

    def wrongness(self, truth: RightAnswers, answers: FoundAnswers) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """The surest of wrong answers is the worst."""
        return _scored(truth, answers).exact < 1.0, answers.scores

    def out_of_reach(self, truth: RightAnswers, encoded: Encoded) -> dict[str, list[int]]:
        """Answers that begin or end inside a token, and rows none of whose answers stands whole in any sample."""
        assert encoded.words is not None
        torn, whole = [], np.zeros(len(truth), dtype=np.bool_)
        for sample, row in enumerate(encoded.rows.tolist()):
            read = encoded.words.first[encoded.offsets[sample] : encoded.offsets[sample + 1]]
            whole[row] |= bool((marks(encoded.words.of(row), read, truth.of(row))[read >= 0] == 1).any())
        for row in range(len(truth)):
            words, right = encoded.words.of(row), truth.of(row)
            whole[row] |= not right
            for start, text in right:
                own = cover(words, start, start + len(text))
                if own is None or (words[own[0], 0], words[own[1], 1]) != (start, start + len(text)):
                    torn.append(row)
        unread = np.flatnonzero(~whole).tolist()
        return {"torn_answers": torn, "unread_answers": unread}


def _scored(truth: RightAnswers, found: FoundAnswers) -> measures.AnswerScores:
    said = [found.text(row, truth.context(row)) for row in range(len(truth))]
    return measures.scored(said, [[text for _, text in truth.of(row)] for row in range(len(truth))])


def _rows_of(flat: Tensor, sizes: list[int], filling: float) -> Tensor:
    """(samples, 2, longest) of (tokens, 2)."""
    padded = nn.utils.rnn.pad_sequence(list(torch.split(flat, sizes)), batch_first=True, padding_value=filling)
    return padded.transpose(1, 2)


def _around(context: str, places: Sequence[tuple[int, int]]) -> str:
    """The parts of a context that hold some places, with what stands around them."""
    wanted = sorted((max(0, start - _EXCERPT), min(len(context), end + _EXCERPT)) for start, end in places)
    joined: list[list[int]] = []
    for start, end in wanted or [(0, 2 * _EXCERPT)]:
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    pieces = [context[start:end] for start, end in joined]
    before = "… " if joined[0][0] > 0 else ""
    return before + " … ".join(pieces) + (" …" if joined[-1][1] < len(context) else "")
