"""Every error that tunewright raises on purpose.

```
TunewrightError                 something tunewright can explain; `exit_code` is what the CLI returns
├── UserError            (2)    the user can mend it; nothing was written, no traceback is shown
│   ├── RecipeError             the recipe's page: every problem at once
│   ├── DataError               the data: every row at fault, with file and line
│   │   └── UnreadableRowsError     rows that cannot be given to this model, by number
│   └── MissingExtraError       an optional package is not installed
├── RunError             (1)    a run went wrong
│   ├── NonFiniteError          a loss or gradient was NaN or infinite; the last good checkpoint is kept
│   ├── CheckpointError         a checkpoint is damaged or incomplete
│   └── VerificationError       an artefact differs from what it was made from
├── ResourceError        (75)   memory, disk or a lock; another try may work
├── Stopped           (130/143) a signal stopped the run; its state is saved
└── FailedElsewhere             another process of the same job failed, and has said why
```

A message says what was given, what is allowed, which silent harm the check avoided, and what to type next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "CheckpointError",
    "DataError",
    "FailedElsewhere",
    "MissingExtraError",
    "NonFiniteError",
    "Problem",
    "RecipeError",
    "ResourceError",
    "RunError",
    "Stopped",
    "TunewrightError",
    "UnreadableRowsError",
    "UserError",
    "VerificationError",
    "near_miss",
]


class TunewrightError(Exception):
    """Root of the tree. `exit_code` is the process's exit status when the error reaches the command line."""

    exit_code: int = 1


class UserError(TunewrightError):
    """The user can mend this. Shown as text alone, never as a traceback."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it is, and the way out.

    Attributes:
        where: a dotted recipe path (`training.epochs`), or `file:line`.
        what: what was given and what is wrong with it, one sentence.
        hint: what is allowed, the near miss, or what to type next; may be empty.
    """

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        lines = f"  {self.where}: {self.what}" if self.where else f"  {self.what}"
        return f"{lines}\n      {self.hint}" if self.hint else lines


class _ProblemsError(UserError):
    """A user error that lists problems, the first `shown` of them in full."""

    shown = 12

    def __init__(self, summary: str, problems: Sequence[Problem] = (), advice: str = "") -> None:
        self.summary = summary
        self.problems = tuple(problems)
        self.advice = advice
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [self.summary, *(str(p) for p in self.problems[: self.shown])]
        if len(self.problems) > self.shown:
            lines.append(f"  ... and {len(self.problems) - self.shown} more")
        if self.advice:
            lines.append(self.advice)
        return "\n".join(lines)


class RecipeError(_ProblemsError):
    """The recipe cannot be used. `problems` holds all that is wrong, not only the first."""


class DataError(_ProblemsError):
    """The data cannot be used as the recipe asks. `problems` names files and lines."""


class UnreadableRowsError(DataError):
    """Rows that cannot be given to this model, found where only their numbers are known.

    Args:
        rows: number, counted from 0, and what is wrong, for each.
        advice: the way out.
    """

    def __init__(self, rows: Sequence[tuple[int, str]], advice: str) -> None:
        self.rows = tuple(rows)
        problems = [Problem(f"row {row + 1}", what) for row, what in rows]
        super().__init__("There are rows that the model cannot read.", problems, advice)

    def __reduce__(self) -> tuple[type[UnreadableRowsError], tuple[tuple[tuple[int, str], ...], str]]:
        return type(self), (self.rows, self.advice)


class MissingExtraError(UserError):
    """A package that this job needs, and the core does not, is missing.

    Args:
        job: what was asked for, for example "reading hub://ag_news".
        package: the import name that was not found.
        extra: the tunewright extra that brings it.
    """

    def __init__(self, job: str, package: str, extra: str) -> None:
        self.job, self.package, self.extra = job, package, extra
        super().__init__(
            f"{job} needs the package {package!r}, which is not installed.\n"
            f"  Install it with: pip install 'tunewright[{extra}]'"
        )

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str, str]]:
        return type(self), (self.job, self.package, self.extra)


class RunError(TunewrightError):
    """A run failed for a reason that is neither the user's nor the machine's."""


class NonFiniteError(RunError):
    """A loss or gradient was NaN or infinite. Raised before the update, so the weights are still good."""


class CheckpointError(RunError):
    """A checkpoint is damaged, incomplete, or belongs to another run."""


class VerificationError(RunError):
    """An artefact's outputs differ from those of the model it was made from by more than its tolerance."""


class ResourceError(TunewrightError):
    """Memory, disk or a lock was not to be had. Another try may work."""

    exit_code = 75


class Stopped(TunewrightError):
    """A signal asked the run to stop; its state was saved first.

    Args:
        signal_number: the POSIX number; the exit status is 128 + it.
        message: where the state was saved and how to go on.
    """

    def __init__(self, signal_number: int, message: str) -> None:
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number
        super().__init__(message)

    def __reduce__(self) -> tuple[type[Stopped], tuple[int, str]]:
        return type(self), (self.signal_number, str(self))


class FailedElsewhere(TunewrightError):
    """Another process of the same job went wrong first. It says what happened, so this one ends without a word.

    Args:
        rank: the process that failed.
        exit_code: its exit status, which is that of the whole job.
    """

    def __init__(self, rank: int, exit_code: int) -> None:
        self.rank = rank
        self.exit_code = exit_code
        super().__init__(f"Process {rank} of this job failed; its message says why.")

    def __reduce__(self) -> tuple[type[FailedElsewhere], tuple[int, int]]:
        return type(self), (self.rank, self.exit_code)


def near_miss(given: str, allowed: Iterable[str]) -> str:
    """`Did you mean 'lora'?` when something allowed is spelled nearly like `given`, else an empty string."""
    by_fold = {name.casefold(): name for name in allowed}
    close = difflib.get_close_matches(given.casefold(), by_fold, n=1, cutoff=0.6)
    return f"Did you mean {by_fold[close[0]]!r}?" if close else ""
