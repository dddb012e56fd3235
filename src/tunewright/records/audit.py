"""The audit: what was found in the data before a single weight moved."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tunewright.records.record import Record

__all__ = ["Audit", "ClassCount", "Finding", "Forecast", "Lengths", "Place", "Sizes", "SourceFile", "SplitSize"]


class SourceFile(Record):
    """One file as it was read."""

    path: str
    sha256: str
    bytes: int
    format: str
    """csv, tsv, jsonl, json, parquet, folder, hub, sample."""
    encoding: str
    """`utf-8`, `utf-8 with BOM`, `gb18030`, ...; empty for binary formats."""
    encoding_detected: bool
    """False when the recipe named it."""
    delimiter: str
    rows: int
    columns: tuple[str, ...]
    role: Literal["train", "validation", "test", "predict"]
    quoting: bool = True
    """Whether `"` enclosed cells; false: it was text like any other."""
    header: bool = True
    """Whether the first line named the columns; false: they are numbered `column_1`, `column_2`, ..."""


class Place(Record):
    """Where a row stands. Holds no text of the user's."""

    file: str
    line: int
    """1 for the first line of the file; for formats without lines, the row counted from 1."""
    note: str = ""
    """What is the matter on this line, without its text (`7 cells instead of 3`, `same as train.csv:12`)."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" ({self.note})" if self.note else "")


class Finding(Record):
    """One kind of trouble and all the rows that have it."""

    code: str
    """ragged, undecodable, empty_input, unlabelled, unseen_label, not_a_number, duplicate, near_duplicate, conflict,
    leak, imbalance, rare_class, single_class, long, ..."""
    severity: Literal["error", "warning", "info"]
    """error: training refuses (unless `on_bad_row: skip`); warning: it may hurt; info: worth knowing."""
    title: str
    """One sentence with the count: `378 rows repeat an earlier row exactly`."""
    count: int
    """Rows concerned."""
    places: tuple[Place, ...] = ()
    """The first of them (up to 20)."""
    harm: str = ""
    """What goes wrong silently when this is ignored."""
    advice: str = ""
    """What to type or change."""


class SplitSize(Record):
    """How many rows a split holds and where they came from."""

    name: Literal["train", "validation", "test"]
    rows: int
    origin: str
    """`file` or `10% of train.csv`."""
    learned: int = 0
    """Of them, rows whose input also stands in the training rows, before validation and test are drawn from those."""


class ClassCount(Record):
    """Rows of one label in each split."""

    label: str
    train: int
    validation: int
    test: int


class Lengths(Record):
    """Input lengths in tokens, over all splits, and what the limit costs."""

    limit: int
    rows: int
    minimum: int
    median: float
    p95: float
    maximum: int
    over_limit: int
    """Rows longer than the limit."""
    tokens: int
    """Tokens in all."""
    tokens_lost: int
    """Tokens that `on_long: cut` removes."""
    unknown_tokens: int
    """Tokens that the tokenizer has no entry for: a wrong model for this language shows here."""
    edges: tuple[float, ...]
    """Histogram's borders, in tokens, one more than `counts`."""
    counts: tuple[int, ...]

    @property
    def share_lost(self) -> float:
        """Share of all tokens that is cut away, 0..1."""
        return self.tokens_lost / self.tokens if self.tokens else 0.0


class Sizes(Record):
    """Sizes of pictures or lengths of sounds, over all splits, and what the limit costs."""

    unit: str
    """`pixels`, of the longer side; or `seconds`."""
    limit: float | None
    """What the model is given at most; null for pictures, which are sized to the model."""
    rows: int
    minimum: float
    median: float
    p95: float
    maximum: float
    over_limit: int
    """Rows longer than the limit."""
    total: float
    """All rows together, in the unit."""
    lost: float
    """What lies beyond the limit, in the unit."""
    edges: tuple[float, ...]
    """Histogram's borders, one more than `counts`."""
    counts: tuple[int, ...]


class Forecast(Record):
    """What training will need, predicted before it starts."""

    steps: int
    memory_bytes: int
    """Peak memory of the whole run: resident on a CPU, allocated on a GPU."""
    memory_terms: dict[str, int] = Field(default={})
    """What it is made of, in bytes."""
    seconds: float | None
    """Time of all optimizer steps; None when no measurement was made."""
    parameters: int
    trainable: int
    basis: str
    """How it was predicted, one sentence."""


class Audit(Record):
    """Everything `tunewright check` prints."""

    files: tuple[SourceFile, ...]
    task: str
    inputs: dict[str, str]
    """Role to column(s), as in the recipe."""
    target: str
    splits: tuple[SplitSize, ...]
    classes: tuple[ClassCount, ...] = ()
    """Most frequent first; empty for numeric targets."""
    target_histogram: tuple[tuple[float, float, int], ...] = ()
    """For numeric targets: (low, high, rows) of the training split."""
    findings: tuple[Finding, ...] = ()
    lengths: Lengths | None = None
    sizes: Sizes | None = None
    """Instead of `lengths`, where pictures or sounds are read."""
    forecast: Forecast | None = None
    learned: tuple[tuple[tuple[str, bool], ...], ...] = ()
    """For answers to questions: some training rows in pieces, each with whether it is learned; holds the rows' text."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that training refuses to go past."""
        return tuple(f for f in self.findings if f.severity == "error")
