"""How long a caller waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tunewright import records
from tunewright.evaluation.subject import Probe, Subject
from tunewright.evaluation.writing_speed import TimedAnswer, speed_of, writes_answers, written_answer
from tunewright.models.device import machine_sheet
from tunewright.tasks.task import Answers

__all__ = ["Latency", "timed"]

_WARM_UP_CALLS = 5
_WARM_UP_SHARE = 0.2


class Latency(Probe):
    """Seconds of a call, from text to scores, at several batch sizes, on real rows.

    Of a model that writes answers (`instruct`, `prefer`) it is the time until the first token of an answer, and the
    tokens a second from there on, one answer at a time.
    """

    kind: Literal["latency"] = "latency"
    """Which probe this is."""
    batch_sizes: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(1, 8, 32), min_length=1)
    """Rows in a call; one point is measured for each, smallest first."""
    calls: int = Field(default=60, ge=2)
    """Most calls at one batch size; 60 settle the median, the 99th percentile wants thousands."""
    seconds: float = Field(default=3.0, gt=0.0)
    """Most time at one batch size, warm-up apart; two calls are made whatever they take."""
    new_tokens: int = Field(default=64, ge=2)
    """Tokens of each answer that is timed, where the model writes answers."""

    def measure(self, subject: Subject) -> records.Latency:
        """Time calls on rows drawn from the measured split: lengths as they occur, not the shortest.

        A call tokenises, runs the model as prediction does (length-sorted, under the token budget) and turns its
        outputs into answers. Where the model writes answers, these are timed, and nothing else.
        """
        if writes_answers(subject):
            return self._written(subject)
        points = []
        for batch_size in sorted(set(self.batch_sizes)):
            subject.report_progress(f"Timing calls of {batch_size} row{'s' if batch_size > 1 else ''}")
            batches = _batches(len(subject.measured), batch_size, subject.seed)
            taken = timed(lambda rows: _call(subject, rows), batches, self.calls, self.seconds)
            p50, p95, p99 = np.percentile(taken, [50, 95, 99])
            points.append(
                records.LatencyPoint(
                    batch_size=batch_size,
                    p50=float(p50),
                    p95=float(p95),
                    p99=float(p99),
                    rows_per_second=batch_size * len(taken) / float(taken.sum()),
                    calls=len(taken),
                )
            )
        return records.Latency(
            points=tuple(points),
            best_rows_per_second=max(point.rows_per_second for point in points),
            precision=subject.precision,
            machine=machine_sheet(),
        )

    def _written(self, subject: Subject) -> records.Latency:
        """Time to the first token and tokens a second; scores of two answers are nothing that a caller waits for."""
        subject.report_progress(f"Timing answers of {self.new_tokens} tokens, one at a time")
        answers: list[TimedAnswer] = []
        taken = timed(
            lambda rows: answers.append(written_answer(subject, int(rows[0]), self.new_tokens)),
            _batches(len(subject.measured), 1, subject.seed),
            self.calls,
            self.seconds,
        )
        return records.Latency(
            points=(),
            best_rows_per_second=0.0,
            precision="fp32",
            machine=machine_sheet(),
            writing=speed_of(answers[-len(taken) :]),  # those before were the warm-up
        )


def timed(
    call: Callable[[NDArray[np.int64]], object], batches: Iterator[NDArray[np.int64]], calls: int, seconds: float
) -> NDArray[np.float64]:
    """Seconds of each call, two at least, after a warm-up of five calls or a fifth of the time."""
    start = time.perf_counter()
    for _ in range(_WARM_UP_CALLS):
        call(next(batches))
        if time.perf_counter() - start > _WARM_UP_SHARE * seconds:
            break
    taken: list[float] = []
    while len(taken) < 2 or (len(taken) < calls and sum(taken) < seconds):
        rows = next(batches)
        start = time.perf_counter()
        call(rows)
        taken.append(time.perf_counter() - start)
    return np.array(taken)


def _batches(rows: int, batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Rows in random order, over and over; a batch larger than the split holds rows twice."""
    generator = np.random.default_rng(seed)
    waiting = np.zeros(0, dtype=np.int64)
    while True:
        while len(waiting) < batch_size:
            waiting = np.concatenate([waiting, generator.permutation(rows)])
        yield waiting[:batch_size]
        waiting = waiting[batch_size:]


def _call(subject: Subject, rows: NDArray[np.int64]) -> Answers:
    columns = subject.measured.table.columns
    inputs = subject.inputs
    read = inputs.predict_columns if inputs.contrasts else inputs.columns  # new rows name nothing that is wrong
    cells = {name: [columns[name][row] for row in rows] for name in read}
    return subject.answers(subject.encode(cells))
