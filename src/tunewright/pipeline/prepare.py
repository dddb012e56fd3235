"""From recipe to rows of tokens: reading, auditing, splitting, encoding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tunewright.data.dataset import Dataset, assemble
from tunewright.errors import DataError, Problem, RecipeError
from tunewright.evaluation import Split
from tunewright.inputs import Encoded, Input
from tunewright.inputs.input import Cells
from tunewright.methods import Method
from tunewright.models.limits import longest_input
from tunewright.models.source import Source
from tunewright.pipeline.sources import data_locator, model_source
from tunewright.recipe import Recipe
from tunewright.records import Audit, Finding, Lengths, Place
from tunewright.tasks import Space, Task
from tunewright.training.observer import Observer

__all__ = ["Parts", "Prepared", "prepare", "refuse_errors", "window_overlap"]

_BINS = 24


@dataclass(frozen=True)
class Parts:
    """The parts of a recipe under the types that the code works with."""

    inputs: Input
    task: Task
    method: Method

    @classmethod
    def of(cls, recipe: Recipe) -> Parts:
        """Take them from the recipe, whose validation has checked their families."""
        return cls(cast(Input, recipe.data.inputs), cast(Task, recipe.task), cast(Method, recipe.method))

    def encode(
        self,
        cells: Cells,
        recipe: Recipe,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> Encoded:
        """Rows as the model reads them."""
        words, overlap = self.task.per_token, window_overlap(recipe, max_length)
        return self.inputs.encode(cells, tokenizer, max_length, progress, words=words, overlap=overlap)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Everything that stands before training starts."""

    recipe: Recipe
    parts: Parts
    source: Source
    config: Any
    tokenizer: Any
    max_length: int
    space: Space
    train: Split
    validation: Split | None
    test: Split | None
    audit: Audit


def prepare(recipe: Recipe, observer: Observer) -> Prepared:
    """Read, audit, split and encode. Errors in rows are in the audit; the caller decides what to do about them.

    Raises:
        DataError: nothing can be read at all, or no usable training row is left.
    """
    parts = Parts.of(recipe)
    _refuse_misfit(recipe, parts)
    source = model_source(recipe)
    observer.phase("Reading the data")
    dataset = assemble(
        recipe.data,
        input_columns=parts.inputs.columns,
        inputs=parts.inputs.roles,
        task=parts.task.kind,
        target_kind=parts.task.target_kind,
        locate=data_locator(recipe),
        seed=recipe.training.seed,
    )
    if len(dataset.train) == 0:
        refuse_errors(dataset.audit)
        raise DataError("No training row is left after the audit.", [])
    config, tokenizer = source.config(), source.tokenizer()
    max_length = longest_input(config, tokenizer, recipe.data.max_length)
    observer.phase("Encoding")
    tables = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    encoded = {
        name: parts.encode(table.columns, recipe, tokenizer, max_length, observer.progress)
        for name, table in tables.items()
        if table is not None
    }
    target = recipe.data.target
    space = parts.task.space(dataset.train.column(target), target, encoded["train"])
    splits = {
        name: Split(name, table, encoded[name], parts.task.encode(table.column(target), space, encoded[name]))
        for name, table in tables.items()
        if table is not None
    }
    audit = _with_lengths(dataset, list(splits.values()), max_length, recipe.data.on_long)
    return Prepared(
        recipe=recipe,
        parts=parts,
        source=source,
        config=config,
        tokenizer=tokenizer,
        max_length=max_length,
        space=space,
        train=splits["train"],
        validation=splits.get("validation"),
        test=splits.get("test"),
        audit=audit,
    )


def window_overlap(recipe: Recipe, max_length: int) -> int | None:
    """Tokens that neighbouring windows of a long row share; None where long rows are cut or refused."""
    if recipe.data.on_long != "window":
        return None
    return max_length // 4 if recipe.data.overlap is None else recipe.data.overlap


def _refuse_misfit(recipe: Recipe, parts: Parts) -> None:
    """Stop where task and input, or task and treatment of long rows, do not go together.

    Raises:
        RecipeError: with what to type instead.
    """
    task, problems = parts.task, []
    if task.per_token and not parts.inputs.tells_words:
        what = f"is {parts.inputs.kind}, and {task.kind} labels the words of one text"
        problems.append(Problem("data.inputs", what, "Write {text: COLUMN} or {tokens: COLUMN}."))
    if recipe.data.on_long == "window" and not task.per_token:
        what = f"is window, and {task.kind} gives one answer a row: nothing says yet how windows would make one"
        problems.append(Problem("data.on_long", what, "Allowed here: cut, error."))
    if problems:
        raise RecipeError("The recipe cannot be used.", problems)


def refuse_errors(audit: Audit) -> None:
    """Stop where the audit found rows that training must not pass over.

    Raises:
        DataError: with every kind of fault, its rows, and the way out.
    """
    if not audit.errors:
        return
    problems = []
    for finding in audit.errors:
        places = "; ".join(str(place) for place in finding.places[:5])
        more = f" and {finding.count - 5} more" if finding.count > 5 and len(finding.places) > 5 else ""
        problems.append(Problem("", f"{finding.title}: {places}{more}" if places else finding.title, finding.advice))
    raise DataError(
        "The data cannot be trained on as it is.",
        problems,
        "Mend the rows, or leave them out, reported, with: data.on_bad_row=skip",
    )


def _with_lengths(dataset: Dataset, splits: list[Split], limit: int, on_long: str) -> Audit:
    """The audit with what the length limit costs."""
    full = np.concatenate([split.encoded.full_lengths for split in splits])
    over = int((full > limit).sum())
    counts, edges = np.histogram(full, bins=min(_BINS, max(1, int(full.max() - full.min() + 1))))
    lengths = Lengths(
        limit=limit,
        rows=len(full),
        minimum=int(full.min()),
        median=float(np.median(full)),
        p95=float(np.percentile(full, 95)),
        maximum=int(full.max()),
        over_limit=over,
        tokens=int(full.sum()),
        tokens_lost=sum(split.encoded.tokens_lost for split in splits),
        unknown_tokens=sum(split.encoded.unknown for split in splits),
        edges=tuple(float(edge) for edge in edges),
        counts=tuple(int(count) for count in counts),
    )
    found = [*dataset.audit.findings, *_long_rows(splits, lengths, on_long), *_unknown_tokens(lengths)]
    found.extend(_torn_words(splits))
    return dataset.audit.model_copy(update={"lengths": lengths, "findings": tuple(found)})


def _long_rows(splits: list[Split], lengths: Lengths, on_long: str) -> list[Finding]:
    if lengths.over_limit == 0:
        return []
    places = [
        split.table.place(int(row), f"{split.encoded.full_lengths[row]} tokens")
        for split in splits
        for row in np.flatnonzero(split.encoded.full_lengths > lengths.limit)[:20]
    ]
    if on_long == "window":
        return [_windows(splits, lengths, places)]
    cuts = on_long == "cut"
    share = f"{lengths.tokens_lost:,} of {lengths.tokens:,} tokens, {lengths.share_lost:.1%}"
    return [
        Finding(
            code="long",
            severity="warning" if cuts else "error",
            title=f"{lengths.over_limit:,} rows are longer than {lengths.limit} tokens"
            + (f"; on_long: cut loses their ends ({share})" if cuts else ""),
            count=lengths.over_limit,
            places=tuple(places[:20]),
            harm="What stands at the end of these rows is never seen by the model.",
            advice="Raise data.max_length if the model has room, or shorten the texts."
            if cuts
            else "Cut them, reported, with data.on_long=cut, or raise data.max_length if the model has room.",
        )
    ]


def _windows(splits: list[Split], lengths: Lengths, places: list[Place]) -> Finding:
    samples = sum(len(split.encoded) for split in splits)
    return Finding(
        code="windows",
        severity="info",
        title=f"{lengths.over_limit:,} rows are longer than {lengths.limit} tokens and read through windows: "
        f"{lengths.rows:,} rows make {samples:,}",
        count=lengths.over_limit,
        places=tuple(places[:20]),
        harm="Nothing is lost; what a word means that stands more than a window away is not seen.",
        advice="data.overlap sets how many tokens two neighbouring windows share.",
    )


def _torn_words(splits: list[Split]) -> list[Finding]:
    """Entities that begin or end inside a word: a tagger of words cannot find them."""
    torn = [split.table.place(row) for split in splits if split.encoded.words is not None for row in _torn(split)]
    if not torn:
        return []
    return [
        Finding(
            code="torn_words",
            severity="warning",
            title=f"{len(torn):,} entities begin or end inside a word",
            count=len(torn),
            places=tuple(torn[:20]),
            harm="Words are tagged whole, so these are learned with their whole words and never counted as right.",
            advice="Check their places: offsets that count bytes, or that are one off, show like this.",
        )
    ]


def _torn(split: Split) -> list[int]:
    """The row of each such entity."""
    assert split.encoded.words is not None
    found = []
    for row in np.unique(split.truth.row).tolist():
        words = split.encoded.words.of(row)
        starts, ends = set(words[:, 0].tolist()), set(words[:, 1].tolist())
        found += [row for start, end, _ in split.truth.of_row(row) if start not in starts or end not in ends]
    return found


def _unknown_tokens(lengths: Lengths) -> list[Finding]:
    share = lengths.unknown_tokens / max(1, lengths.tokens)
    if share < 0.02:
        return []
    return [
        Finding(
            code="unknown_tokens",
            severity="warning",
            title=f"{share:.0%} of all tokens are unknown to this model's tokenizer",
            count=lengths.unknown_tokens,
            harm="The model cannot tell these pieces of text apart; another language or script is the usual cause.",
            advice="Choose a model made for this language, for example a multilingual one (xlm-roberta-base).",
        )
    ]
