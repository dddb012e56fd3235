"""Linear models on ready-made features, their regularisation chosen on rows of their own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from tunewright.evaluation.baselines.attempt import Lesson
from tunewright.evaluation.baselines.scikit import scikit_learn
from tunewright.evaluation.subject import Subject
from tunewright.tasks import Space

__all__ = ["Features", "Grid", "answered"]

Features = Any
"""Matrix (n, features), dense or scipy-sparse."""
Answer = Callable[[Features], NDArray[np.float64]]
"""From features to scores as the task's metrics take them."""

_ITERATIONS = 200


@dataclass(frozen=True)
class Grid:
    """Strengths to try, the strongest regularisation first.

    Attributes:
        inverse: values of C for logistic regression, rising.
        penalty: values of alpha for ridge regression, falling.
    """

    inverse: Sequence[float]
    penalty: Sequence[float]

    def of(self, space: Space) -> Sequence[float]:
        """The strengths that fit this kind of target."""
        return self.penalty if space.kind == "number" else self.inverse


def answered(
    subject: Subject, taught: Lesson, grid: Grid, features: tuple[Features, Features, Features]
) -> tuple[NDArray[np.float64], str]:
    """Learn from the lesson's rows, choose by its choice rows, answer the measured rows.

    Args:
        features: of the lesson's rows, its choice rows, the measured rows.

    Returns:
        Scores as the task's metrics take them, and the strength that was chosen, in words.
    """
    rows, choice, measured = features
    space, truth = subject.space, taught.rows.truth
    # One thread: what a fit gains by more is little, and on a busy machine waiting for them took ten times as long.
    with threadpool_limits(limits=1, user_api="blas"):
        strength, answer = _choose(subject, grid.of(space), (rows, truth), (choice, taught.choice.truth))
        if taught.choice_is_learned:
            both = sparse.vstack([rows, choice]).tocsr() if sparse.issparse(rows) else np.concatenate([rows, choice])
            answer = next(_path(space, [strength], both, np.concatenate([truth, taught.choice.truth])))[1]
        return answer(measured), f"{'alpha' if space.kind == 'number' else 'C'} = {strength:g}"


def _choose(
    subject: Subject,
    strengths: Sequence[float],
    learned: tuple[Features, NDArray[Any]],
    choice: tuple[Features, NDArray[Any]],
) -> tuple[float, Answer]:
    """The strength whose model answers the choice rows best by the task's first metric, and that model.

    Weaker and weaker regularisation is tried until two in a row are no better.
    """
    task = subject.task
    features, truth = choice
    sign = 1.0 if task.metric_info[task.primary].higher_is_better else -1.0
    best: tuple[float, float, Answer] | None = None
    failures = 0
    for strength, answer in _path(subject.space, strengths, *learned):
        value = task.metric_values(truth, answer(features), np.ones((1, len(truth))))[task.primary][0]
        gain = float(np.nan_to_num(sign * value, nan=-np.inf))
        if best is None or gain > best[0]:
            best, failures = (gain, strength, answer), 0
        elif (failures := failures + 1) == 2:
            break
    assert best is not None
    return best[1], best[2]


def _path(
    space: Space, strengths: Sequence[float], features: Features, truth: NDArray[Any]
) -> Iterator[tuple[float, Answer]]:
    """Models of falling regularisation, each started from the last one's weights."""
    linear = scikit_learn("linear_model")
    if space.kind == "number":
        for strength in strengths:
            yield strength, linear.Ridge(alpha=strength).fit(features, truth).predict
    elif space.kind == "classes":
        model = linear.LogisticRegression(max_iter=_ITERATIONS, warm_start=True)
        for strength in strengths:
            yield strength, _classes(_fit(model, strength, features, truth), len(space.names))
    else:
        varied = [label for label in range(truth.shape[1]) if 0 < truth[:, label].sum() < len(truth)]
        models = {label: linear.LogisticRegression(max_iter=_ITERATIONS, warm_start=True) for label in varied}
        for strength in strengths:
            columns = {}
            for label, model in models.items():
                columns[label] = _classes(_fit(model, strength, features, truth[:, label]), 2)
            yield strength, _labels(columns, truth.mean(axis=0))


def _fit(model: Any, strength: float, features: Features, truth: NDArray[Any]) -> Any:
    """A logistic regression, learned on from the weights it has."""
    with warnings.catch_warnings():
        # Stopped after many steps it is regularised a little more: the choice sees the model as it is.
        warnings.simplefilter("ignore", scikit_learn("exceptions").ConvergenceWarning)
        return model.set_params(C=strength).fit(features, truth)


def _classes(model: Any, width: int) -> Answer:
    """Probabilities in the columns of the space: classes that no learned row has stay at 0."""
    weights, bias = model.coef_.copy(), model.intercept_.copy()  # the model goes on to learn the next strength
    classes = model.classes_.astype(np.int64)

    def answer(features: Features) -> NDArray[np.float64]:
        logits = np.asarray(features @ weights.T, dtype=np.float64) + bias
        if len(classes) == 2:
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores = np.zeros((len(logits), width))
        scores[:, classes] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return scores

    return answer


def _labels(columns: dict[int, Answer], shares: NDArray[Any]) -> Answer:
    """Each label's own probability; a label that all rows have, or none, is answered with its share."""

    def answer(features: Features) -> NDArray[np.float64]:
        scores = np.tile(shares.astype(np.float64), (features.shape[0], 1))
        for label, column in columns.items():
            scores[:, label] = column(features)[:, 1]
        return scores

    return answer
