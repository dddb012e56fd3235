"""How good the tuned model is, how sure that is, and whether it beats what costs next to nothing."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import numpy as np
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tunewright import records
from tunewright.errors import near_miss
from tunewright.evaluation import details
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.measured import Draws, Measured, tuned_answers
from tunewright.evaluation.subject import Probe, Split, Subject
from tunewright.recipe import catalog
from tunewright.tasks.task import Answers

__all__ = ["Quality"]


def _known(kind: str) -> str:
    """Refuse a baseline that nobody knows. Only the name is looked up: its module is imported when it is measured."""
    kinds = catalog.kinds("baseline")
    if kind not in kinds:
        hint = " ".join(filter(None, [near_miss(kind, kinds), f"Allowed: {', '.join(kinds)}."]))
        raise PydanticCustomError("part_kind", "there is no baseline of that kind", {"hint": hint})
    return kind


BaselineKind = Annotated[str, AfterValidator(_known)]
_WHAT_IT_NEEDS = {
    "perplexity": "a token to foresee",
    "token_accuracy": "a token to foresee",
    "precision": "an entity found",
    "recall": "an entity among the rows",
    "f1": "an entity found, or one among the rows",
    "f1_macro": "a label found, or one among the rows",
    "roc_auc": "two classes at least among the rows",
    "roc_auc_macro": "a label that some rows have and others have not",
    "r2": "different numbers among the rows",
    "pearson": "different numbers among the rows and among the predictions",
    "spearman": "different numbers among the rows and among the predictions",
}


class Quality(Probe):
    """Every metric with its 95% bootstrap interval, beside baselines on the same rows; labels; the worst mistakes."""

    kind: Literal["quality"] = "quality"
    """Which probe this is."""
    baselines: tuple[BaselineKind, ...] = (
        "majority", "tfidf", "pixels", "spectrum", "probe", "dictionary", "sentence", "silence", "overlap",
        "pretrained", "copy", "nearest", "lead", "unigram", "longer",
    )  # fmt: skip
    """What the tuned model is compared with, where it fits the task and what is read: constant answer, TF-IDF (texts),
    colours and coarse pixels (pictures), loudness of bands (sounds), linear model on frozen features; for `tag` the
    commonest tag of each word; for `answer` the sentence most like the question, and no answer; for pairs the cosine of
    counted words and that of the pretrained model; for texts that are written the source itself, the translation of the
    most similar training row, the first sentences; for tokens how often each occurs; for two
    answers the longer one; `[]` for none."""
    resamples: int = Field(default=1000, ge=40, le=100_000)
    """Bootstrap draws of the measured rows (Efron & Tibshirani 1993); 1000 fix an interval's ends to a few percent."""
    mistakes: int = Field(default=50, ge=0)
    """Rows kept of those that the model gets most wrong, with their text; 0 keeps none of the text."""

    def measure(self, subject: Subject) -> records.Quality:
        """Measure the tuned model and the baselines.

        Raises:
            NonFiniteError: the tuned model puts out NaN or infinity.
        """
        split, task = subject.measured, subject.task
        subject.report_progress(f"Measuring quality on {len(split):,} {split.name} rows")
        draws = Draws.affordable(self.resamples, split, len(subject.space.names), subject.seed)
        answers = tuned_answers(subject, split)
        tuned = Measured.of("tuned", split, answers, task, draws)
        others, baseline_notes = self._compared(subject, split, draws)
        validation = self._validation(subject, draws)
        return records.Quality(
            primary=task.primary,
            metrics=tuple(metric for one in (tuned, *others, *validation) for metric in one.metrics()),
            comparisons=tuple(tuned.against(other, task.primary) for other in others),
            classes=details.by_label(subject, split, answers, draws),
            confusion=details.confusion(subject, split, answers),
            mistakes=details.mistakes(subject, split, answers, self.mistakes),
            scatter=details.scatter(subject, split, answers, subject.seed),
            notes=(*self._notes(subject, split, answers, tuned, draws), *baseline_notes),
            learned=subject.learned.get(split.name, 0),
            source=subject.source,
        )

    def _compared(self, subject: Subject, split: Split, draws: Draws) -> tuple[list[Measured], list[str]]:
        """Baselines in the order of the table, and what must be said of them."""
        found, notes = [], []
        wanted = [kind for kind in self.baselines if kind in subject.task.baselines]
        for name in (kind for kind in catalog.kinds("baseline") if kind in wanted):
            baseline = cast(Baseline, catalog.load("baseline", name)(kind=name))
            if not baseline.suits(subject):
                continue
            subject.report_progress(f"Measuring {baseline.title}")
            attempt = baseline.answer(subject, split)
            notes += [f"Baseline {name}: {note}." for note in attempt.notes]
            if attempt.answers is not None:
                found.append(Measured.of(name, split, attempt.answers, subject.task, draws))
        return found, notes

    def _validation(self, subject: Subject, draws: Draws) -> list[Measured]:
        """The tuned model on the validation rows, where they are not what is measured already."""
        split = subject.validation
        if split is None or split is subject.measured or not len(split):
            return []
        return [Measured.of("tuned", split, tuned_answers(subject, split), subject.task, draws)]

    def _notes(self, subject: Subject, split: Split, answers: Answers, tuned: Measured, draws: Draws) -> list[str]:
        notes = []
        if split.name != "test":
            notes.append(f"There are no test rows: everything is measured on the {split.name} rows.")
        if draws.count < self.resamples:
            notes.append(
                f"Intervals are from {draws.count:,} bootstrap draws instead of {self.resamples:,}: "
                f"{len(split):,} rows and {len(subject.space.names):,} labels would have taken minutes."
            )
        for name in tuned.undefined:
            notes.append(f"{name} has no value here: it needs {_WHAT_IT_NEEDS.get(name, 'other rows')}.")
        notes += subject.task.remarks(split.truth, answers)
        notes += _perfection(subject, split, tuned)
        notes += _absences(subject, split, answers)
        if subject.space.kind == "classes" and len(subject.space.names) > details.MOST_CONFUSED:
            notes.append(f"No confusion matrix is kept for more than {details.MOST_CONFUSED} classes.")
        return notes


def _perfection(subject: Subject, split: Split, tuned: Measured) -> list[str]:
    """What an interval without width leaves out: no draw of faultless rows holds a fault."""
    name = subject.task.faultless
    if not name or tuned.values[name] < 1.0:
        return []
    bound = max(0.0, 1.0 - 3.0 / len(split))
    return [
        f"All {len(split):,} rows are right, so the interval has no width. The rule of three says that with 95% "
        f"certainty more than {100 * bound:.1f}% of such rows are answered right (Hanley & Lippman-Hand 1983)."
    ]


def _absences(subject: Subject, split: Split, answers: Answers) -> list[str]:
    """Labels that no measured row has: nothing is known about them."""
    names = subject.task.labels(subject.space)
    if not names:
        return []
    support = subject.task.label_rates(split.truth, answers, np.ones((1, len(split)))).support[0]
    absent = [name for name, rows in zip(names, support, strict=True) if not rows]
    if not absent:
        return []
    shown = ", ".join(absent[:10]) + (f" and {len(absent) - 10} more" if len(absent) > 10 else "")
    return [f"No {split.name} row has the label {shown}: of {len(absent)} of {len(names)} labels nothing is known."]
