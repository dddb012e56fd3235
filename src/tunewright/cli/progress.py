"""What a person sees while a run works: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tunewright.cli.output import talk
from tunewright.training.step import Update

__all__ = ["LiveLines", "PlainLines", "observer"]

_WINDOW = 50
_PLAIN_SECONDS = 10.0
_FREE = 5
_ROOMY = 130  # columns that the whole bar takes, with a metric of a long name


def observer() -> LiveLines | PlainLines:
    """The observer that fits standard error."""
    console = talk()
    return LiveLines(console) if console.is_terminal else PlainLines(console)


class _Rates:
    """Loss and speed over the last steps."""

    def __init__(self) -> None:
        self.updates: deque[Update] = deque(maxlen=_WINDOW)

    def add(self, update: Update) -> None:
        self.updates.append(update)

    def __str__(self) -> str:
        return self.line(tokens=True)

    def line(self, *, tokens: bool) -> str:
        """In words; the speed in tokens only where there is room for it."""
        seconds = max(1e-9, sum(u.seconds for u in self.updates))
        rows = sum(u.rows for u in self.updates) / seconds
        each = f" · {sum(u.tokens for u in self.updates) / seconds:,.0f} tokens/s" if tokens else ""
        last = list(self.updates)[-10:]
        loss = sum(u.loss for u in last) / len(last)
        return f"loss {loss:.3f} · {rows:,.0f} rows/s{each}"


class _Bar(Progress):
    """A bar that leaves the last columns free: there the terminal writes `^C`, and from a full line it would go on to
    the next one, so that the bar were drawn a second time below itself."""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield _Narrow(self.make_tasks_table(self.tasks))


class _Narrow:
    """Something drawn a few columns narrower than there is room."""

    def __init__(self, inner: RenderableType) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self.inner, options.update(width=max(20, options.max_width - _FREE)))


class LiveLines:
    """One live bar on a terminal, finished stages left above it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._rates = _Rates()
        self._metric = ""
        self._roomy = True

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def phase(self, title: str) -> None:
        self.close()
        self._bar = _Bar(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=self.console, transient=True
        )
        self._task = self._bar.add_task(escape(title), total=None)
        self._bar.start()

    def progress(self, done: int, total: int) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def note(self, text: str) -> None:
        self.console.print(f"[yellow]![/] {escape(text)}")

    def training_starts(self, done: int, total: int) -> None:
        self.close()
        self._roomy = self.console.width >= _ROOMY
        figures, remaining = TextColumn("{task.fields[figures]}"), (TimeRemainingColumn(), TextColumn("left"))
        dot = TextColumn("·")
        columns: tuple[ProgressColumn, ...]
        if self._roomy:
            bar = (TextColumn("Training"), BarColumn(bar_width=24), MofNCompleteColumn())
            columns = (*bar, figures, dot, TimeElapsedColumn(), TextColumn("gone,"), *remaining)
        else:  # 80 columns hold the figures, or a bar of which each figure is cut off
            columns = (MofNCompleteColumn(), figures, dot, *remaining)
        self._bar = _Bar(*columns, console=self.console)
        self._task = self._bar.add_task("Training", total=total, completed=done, figures="")
        self._bar.start()

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        self._rates.add(update)
        if self._bar is not None and self._task is not None:
            figures = f"{self._rates.line(tokens=self._roomy)}{self._metric}"
            self._bar.update(self._task, completed=step, figures=figures)

    def validation(self, step: int, metrics: Mapping[str, float], name: str, best: bool) -> None:
        value = metrics.get(name, float("nan"))
        self._metric = f" · {name} {value:.3f}"
        mark = " [green]best so far[/]" if best else ""
        self.console.print(f"  step {step}: validation {name} {value:.4f}, loss {metrics.get('loss', 0):.4f}{mark}")

    def training_ends(self) -> None:
        self.close()


class PlainLines:
    """A line every ten seconds or so, for logs."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._rates = _Rates()
        self._last = 0.0
        self._total = 0
        self._began = 0.0
        self._done_before = 0

    def close(self) -> None:
        """Nothing to take back."""

    def _say(self, text: str) -> None:
        self.console.print(escape(text))

    def phase(self, title: str) -> None:
        self._say(title)

    def progress(self, done: int, total: int) -> None:
        """Counted stages are short; their title is enough."""

    def note(self, text: str) -> None:
        self._say(f"note: {text}")

    def training_starts(self, done: int, total: int) -> None:
        self._total, self._began, self._done_before = total, time.monotonic(), done
        self._say(f"Training: {total - done} {'step' if total - done == 1 else 'steps'}")

    def step(self, step: int, epoch: float, update: Update, learning_rate: float) -> None:
        self._rates.add(update)
        now = time.monotonic()
        if now - self._last < _PLAIN_SECONDS and step != self._total:
            return
        self._last = now
        left = (now - self._began) / max(1, step - self._done_before) * (self._total - step)
        self._say(f"step {step}/{self._total} · epoch {epoch:.2f} · {self._rates} · {left:.0f} s left")

    def validation(self, step: int, metrics: Mapping[str, float], name: str, best: bool) -> None:
        value = metrics.get(name, float("nan"))
        self._say(
            f"step {step}: validation {name} {value:.4f}, loss {metrics.get('loss', 0):.4f}{' (best)' if best else ''}"
        )

    def training_ends(self) -> None:
        """The next stage says its own title."""
