"""From recipe to rows of tokens: reading, auditing, splitting, encoding."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.dataset import Dataset, assemble
from tunewright.data.findings import ROW_FAULTS
from tunewright.data.table import Table
from tunewright.errors import DataError, Problem, ResourceError, RunError, UnreadableRowsError
from tunewright.evaluation import Split
from tunewright.inputs import Encoded
from tunewright.inputs.kept_rows import RowsWriter, open_rows
from tunewright.models.source import Source
from tunewright.models.vocabulary import refuse_foreign_tokenizer
from tunewright.pipeline.kept_splits import begin_rows, open_splits, seal_splits, write_split
from tunewright.pipeline.lengths import with_lengths
from tunewright.pipeline.parts import Parts, refuse_misfit
from tunewright.pipeline.sources import data_locator, model_source
from tunewright.pipeline.store import Store
from tunewright.pipeline.store_key import Files, files_of, same_files, store_key
from tunewright.recipe import Recipe
from tunewright.records import Audit
from tunewright.tasks import Space
from tunewright.training.observer import Observer

__all__ = ["Prepared", "prepare", "refuse_errors"]

_LOOKED_AT, _LONGEST_PIECE = 3, 400


SHARD_ROWS = 16_384
"""Rows of text encoded between two notes on disk: what a kill costs at most, about a second."""


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

    @property
    def row_of(self) -> NDArray[np.int64] | None:
        """The row of each training sample, where a row's samples must meet in one step; else None."""
        return self.train.encoded.row_of if self.parts.task.pools else None


def prepare(recipe: Recipe, observer: Observer) -> Prepared:
    """Read, audit, split and encode; or open what an earlier run has kept of exactly that.

    Errors in rows are in the audit; the caller decides what to do about them.

    Raises:
        DataError: nothing can be read at all, or no usable training row is left.
        UserError: the tokenizer is not the model's.
    """
    parts = Parts.of(recipe)
    refuse_misfit(recipe, parts)
    source = parts.inputs.read_by(model_source(recipe))
    observer.phase("Reading the data")
    config, tokenizer = source.config(), parts.inputs.preprocessor(source)
    parts.task.ready(config, tokenizer)
    max_length = parts.longest(recipe, config, tokenizer)
    job = _Job(recipe, parts, tokenizer, max_length, observer)
    splits, space, audit = _made(job)
    if parts.inputs.counts_tokens:
        largest = max(_largest_id(split.encoded) for split in splits.values())
        refuse_foreign_tokenizer(config, tokenizer, largest, source.name)
    audit = audit.model_copy(update={"learned": _looked_at(job, splits["train"].encoded)})
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


def _largest_id(encoded: Encoded) -> int:
    beside = (part.ids for part in (encoded.targets, encoded.negatives) if part is not None)
    return max(int(ids.max(initial=0)) for ids in (encoded.ids, *beside))


@dataclass(frozen=True, eq=False)
class _Job:
    """What is prepared."""

    recipe: Recipe
    parts: Parts
    tokenizer: Any
    max_length: int
    observer: Observer


_Made = tuple[dict[str, Split], Space, Audit]


def _made(job: _Job) -> _Made:
    """The splits, from the store where they are kept, and into it where they are not."""
    files = files_of(job.recipe)
    key = store_key(job.recipe, files, job.tokenizer, job.max_length) if files else None
    store = Store.at(key) if key else None
    if store is None or files is None:
        return _in_memory(job, _read(job))
    found = _opened(store, job)
    if found is not None:
        return found
    try:
        with store.making(job.observer.note) as work:
            found = _opened(store, job)  # another process may have made it meanwhile
            return found if found is not None else _kept(job, store, work, files)
    except (OSError, ResourceError) as error:
        job.observer.note(f"The prepared data is not kept for the next run: {error}")
        return _in_memory(job, _read(job))


def _opened(store: Store, job: _Job) -> _Made | None:
    """What is kept, if it is whole."""
    folder = store.open(job.observer.note)
    if folder is None:
        return None
    try:
        made = open_splits(folder, job.parts.task, job.recipe.data.target, job.tokenizer)
    except (OSError, RunError) as error:
        job.observer.note(f"The prepared data cannot be opened: {error} It is prepared anew.")
        store.discard()
        return None
    job.observer.phase("Using the data prepared by an earlier run")
    return made


def _read(job: _Job, spool: Path | None = None) -> Dataset:
    recipe, parts = job.recipe, job.parts
    dataset = assemble(
        recipe.data,
        input_columns=parts.inputs.columns,
        inputs=parts.inputs.roles,
        task=parts.task.kind,
        target_kind=parts.task.target_kind,
        locate=data_locator(recipe),
        seed=recipe.training.seed,
        spool=spool,
        content_columns=parts.inputs.content_columns,
        look=parts.inputs.looked_at,
        together=parts.inputs.together,
        optional=parts.inputs.optional,
    )
    if len(dataset.train) == 0:
        refuse_errors(dataset.audit)
        raise DataError("No training row is left after the audit.", [])
    return dataset


def _tables(job: _Job, dataset: Dataset) -> dict[str, Table]:
    """The tables of the splits, as the task learns their rows."""
    tables = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    parts = job.parts
    return {
        name: parts.task.arranged(table, parts.inputs, job.tokenizer, job.max_length)
        for name, table in tables.items()
        if table is not None
    }


def _in_memory(job: _Job, dataset: Dataset) -> _Made:
    recipe, parts, tables = job.recipe, job.parts, _tables(job, dataset)
    job.observer.phase("Encoding")
    encoded = {name: _encoded(job, table, 0, len(table), job.observer.progress) for name, table in tables.items()}
    target = recipe.data.target
    space = parts.task.space(tables["train"].column(target), target, encoded["train"])
    splits = {
        name: Split(name, table, encoded[name], parts.task.encode(table.column(target), space, encoded[name]))
        for name, table in tables.items()
    }
    return splits, space, with_lengths(dataset, list(splits.values()), job.max_length, recipe.data, parts.task)


def _kept(job: _Job, store: Store, work: Path, files: Files) -> _Made:
    """Prepare into the store's folder, and answer what lies there. What cannot be kept is prepared in memory."""
    recipe, task = job.recipe, job.parts.task
    spool = work / "spool"
    shutil.rmtree(spool, ignore_errors=True)  # of a process that was killed while it read
    dataset = _read(job, spool)
    if not same_files(files, dataset.audit, recipe):
        job.observer.note("The data changed while it was read: it is not kept for the next run.")
        return _in_memory(job, dataset)
    target, tables = recipe.data.target, _tables(job, dataset)
    job.observer.phase("Encoding")
    try:
        rows = {name: _encode_shards(job, table, begin_rows(work, name)) for name, table in tables.items()}
    except TypeError as error:  # an input of another package, with rows of its own kind
        job.observer.note(f"The prepared data is not kept for the next run: {error}.")
        return _in_memory(job, dataset)
    encoded = {name: open_rows(work / name / "rows", described, job.tokenizer) for name, described in rows.items()}
    space = task.space(tables["train"].column(target), target, encoded["train"])
    splits, described = {}, {}
    for name, table in tables.items():
        truth = task.encode(table.column(target), space, encoded[name])
        splits[name] = Split(name, table, encoded[name], truth)
        described[name] = {"rows": rows[name], **write_split(work, name, table, truth)}
    audit = with_lengths(dataset, list(splits.values()), job.max_length, recipe.data, task)
    seal_splits(work, described, space, audit)
    shutil.rmtree(spool, ignore_errors=True)
    return open_splits(store.commit(work), task, target, job.tokenizer)


def _encode_shards(job: _Job, table: Table, rows: RowsWriter) -> dict[str, Any]:
    """Write the tokens of the rows that are not written yet, shard by shard."""
    if rows.begun_anew:
        job.observer.note(f"Shards of an earlier run are not used: {rows.begun_anew}.")
    if rows.rows:
        job.observer.note(f"Going on after {rows.rows:,} rows that an earlier run has encoded.")
    total = len(table)
    while rows.rows < total:
        start = rows.rows
        rows.add(_encoded(job, table, start, start + min(SHARD_ROWS, job.parts.inputs.shard_rows)))
        job.observer.progress(rows.rows, total)
    return rows.close()


def _encoded(
    job: _Job, table: Table, start: int, end: int, progress: Callable[[int, int], None] | None = None
) -> Encoded:
    """Some rows of a table as the model reads them; rows that it cannot read are named by file and line."""
    cells = {name: table.columns[name][start:end] for name in job.parts.inputs.columns}
    targets = table.column(job.recipe.data.target)[start:end]
    try:
        return job.parts.encode(cells, job.recipe, job.tokenizer, job.max_length, progress, targets)
    except UnreadableRowsError as error:
        problems = [Problem(str(table.place(start + row)), what) for row, what in error.rows]
        raise DataError(error.summary, problems, error.advice) from None


def _looked_at(job: _Job, encoded: Encoded) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """Some training rows in pieces that are learned or only read."""
    found = []
    for row in range(min(_LOOKED_AT, len(encoded.full_lengths))):
        pieces = job.parts.task.learned_pieces(encoded, row, job.tokenizer)
        found.append(tuple((text[:_LONGEST_PIECE], learned) for text, learned in pieces))
    return tuple(filter(None, found))


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
    mendable = any(finding.code in ROW_FAULTS for finding in audit.errors)
    raise DataError(
        "The data cannot be trained on as it is.",
        problems,
        "Mend the rows, or leave them out, reported, with: data.on_bad_row=skip" if mendable else "",
    )
