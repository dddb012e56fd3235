"""What `tunewright check` prints."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tunewright.records import Audit, ClassCount, Forecast, Lengths, Sizes
from tunewright.report.bins import is_beyond, whole_numbers
from tunewright.report.figures import amount, compact, count, counted, counted_are, duration, share, size
from tunewright.report.plain import visible
from tunewright.report.terminal.bar import Bar
from tunewright.report.terminal.findings_view import findings_view
from tunewright.report.terminal.layout import given, heading, quiet, table
from tunewright.report.wording import balance_summary, class_units, delimiter_name, ends_of_classes

__all__ = ["audit_view"]

_CLASSES = 16
_BINS = 12
_FILES = 20


def audit_view(audit: Audit) -> RenderableType:
    """Files, splits, classes, lengths, findings by severity, forecast; the findings last but one, where eyes end."""
    parts: list[RenderableType] = [_files(audit), heading("Splits"), _splits(audit)]
    if audit.classes:
        parts += [
            heading("Classes"),
            quiet(balance_summary(audit.classes, class_units(audit.task))),
            _classes(audit.classes),
        ]
    if audit.target_histogram:
        parts += [heading("Target, training rows"), _target(audit)]
    if audit.lengths:
        parts += [heading("Input lengths in tokens"), *_lengths(audit.lengths)]
    if audit.sizes:
        parts += [heading(f"Sizes in {audit.sizes.unit}"), *_sizes(audit.sizes)]
    if audit.learned:
        parts += [heading("What is learned (green), and what is only read"), *map(_pieces, audit.learned)]
    if audit.forecast:
        parts += [heading("Forecast"), _forecast(audit.forecast)]
    return Group(*parts, heading("Findings"), findings_view(audit.findings))


def _files(audit: Audit) -> RenderableType:
    made = table("File", "Role", "Format", "Encoding", "Rows", "Size", figures=("Rows", "Size"))
    for file in audit.files[:_FILES]:
        form = file.format if file.delimiter in ("", ",") else f"{file.format}, {delimiter_name(file.delimiter)}"
        encoding = file.encoding if file.encoding_detected or not file.encoding else f"{file.encoding} (as told)"
        made.add_row(given(file.path), file.role, given(form), given(encoding), count(file.rows), size(file.bytes))
    left = len(audit.files) - _FILES
    return Group(made, quiet(f"… and {left} more files")) if left > 0 else made


def _splits(audit: Audit) -> Table:
    made = table("Split", "Rows", "From", figures=("Rows",))
    for split in audit.splits:
        made.add_row(split.name, count(split.rows), given(split.origin))
    return made


def _classes(classes: Sequence[ClassCount]) -> Table:
    made = table("Class", "", "Train", "Valid.", "Test", figures=("Train", "Valid.", "Test"))
    largest = max(one.train for one in classes)
    first, last, left = ends_of_classes(classes, _CLASSES)
    for group in (first, last):
        for one in group:
            made.add_row(
                given(one.label, 32), Bar(one.train, largest), count(one.train), count(one.validation), count(one.test)
            )
        if group is first and left:
            made.add_row(Text(f"… {count(left)} more …", style="dim"), "", "", "", "")
    return made


def _target(audit: Audit) -> Table:
    made = table("From", "To", "Rows", "", figures=("From", "To", "Rows"))
    largest = max(rows for _, _, rows in audit.target_histogram)
    for low, high, rows in audit.target_histogram:
        made.add_row(amount(low, 3), amount(high, 3), count(rows), Bar(rows, largest))
    return made


def _lengths(lengths: Lengths) -> list[RenderableType]:
    made = table("Tokens", "Rows", "", figures=("Tokens", "Rows"))
    edges, counts = _merged(lengths.edges, lengths.counts)
    largest = max(counts, default=0)
    for low, high, rows in zip(edges, edges[1:], counts, strict=False):
        over = is_beyond(low, high, lengths.limit, whole=True)
        made.add_row(
            whole_numbers(low, high),
            count(rows),
            Bar(rows, largest, style="yellow" if over else "blue"),
        )
    gone = "is" if lengths.tokens_lost == 1 else "are"
    told = (
        f"Median {lengths.median:g}, 95% up to {lengths.p95:g}, longest {count(lengths.maximum)}; "
        f"limit {count(lengths.limit)}. {count(lengths.over_limit)} of {counted_are(lengths.rows, 'row')} longer: "
        f"{counted(lengths.tokens_lost, 'token')} ({share(lengths.share_lost)}) {gone} cut away."
    )
    unknown = lengths.unknown_tokens / lengths.tokens if lengths.tokens else 0.0
    lines: list[RenderableType] = [made, Text(told, style="yellow" if lengths.tokens_lost else "")]
    if unknown > 0:
        lines.append(Text(f"{share(unknown, 2)} of the tokens are unknown to this model's tokenizer."))
    return lines


def _sizes(sizes: Sizes) -> list[RenderableType]:
    made = table(sizes.unit.capitalize(), "Rows", "", figures=(sizes.unit.capitalize(), "Rows"))
    edges, counts = _merged(sizes.edges, sizes.counts)
    largest = max(counts, default=0)
    for low, high, rows in zip(edges, edges[1:], counts, strict=False):
        over = is_beyond(low, high, sizes.limit, whole=False)
        made.add_row(
            f"{amount(low, 3)} to {amount(high, 3)}",
            count(rows),
            Bar(rows, largest, style="yellow" if over else "blue"),
        )
    told = f"Median {sizes.median:.4g}, 95% up to {sizes.p95:.4g}, largest {sizes.maximum:.4g}."
    if sizes.limit is not None:
        told += (
            f" The model is given {sizes.limit:g}: {count(sizes.over_limit)} of {counted_are(sizes.rows, 'row')} "
            f"longer, and {sizes.lost:,.1f} of {sizes.total:,.1f} {sizes.unit} are cut away."
        )
    return [made, Text(told, style="yellow" if sizes.lost else "")]


def _pieces(row: Sequence[tuple[str, bool]]) -> Text:
    """One training row; a terminal without colours has the learned pieces in brackets."""
    made = Text()
    for text, learned in row:
        made.append(
            f"[{visible(text, lines=True)}]" if learned else visible(text, lines=True), "green" if learned else "dim"
        )
    return made.append("\n")


def _merged(edges: Sequence[float], counts: Sequence[int]) -> tuple[list[float], list[int]]:
    """Neighbouring bins put together until a screen holds them."""
    if len(edges) != len(counts) + 1:
        return [], []
    every = max(1, math.ceil(len(counts) / _BINS))
    merged = [sum(counts[i : i + every]) for i in range(0, len(counts), every)]
    borders = [edges[min(i, len(counts))] for i in range(0, len(counts) + every, every)]
    return borders[: len(merged) + 1], merged


def _forecast(forecast: Forecast) -> Text:
    time = f"about {duration(forecast.seconds)}" if forecast.seconds is not None else "time not measured"
    return Text(
        f"{counted(forecast.steps, 'step')}, {time}, about {size(forecast.memory_bytes)} of memory at most. Trains "
        f"{compact(forecast.trainable)} of {compact(forecast.parameters)} parameters. {forecast.basis}"
    )
