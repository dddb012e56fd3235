"""Going on from the newest whole checkpoint of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from tunewright.errors import CheckpointError
from tunewright.pipeline.prepare import Prepared
from tunewright.records import Journal, RunFolder
from tunewright.records.checkpoint import damage, forget, newest_valid, prune, sweep
from tunewright.training.observer import Observer
from tunewright.training.state import Progress, read_progress, restore

__all__ = ["refuse_damaged_best", "resume"]


def resume(
    folder: RunFolder,
    model: nn.Module,
    prepared: Prepared,
    optimizer: Any,
    journal: Journal,
    observer: Observer,
    fresh: Progress,
) -> Progress:
    """The newest whole checkpoint, put back; `fresh` where there is none. Says which ones it passed over and why."""
    sweep(folder.checkpoints)
    found = newest_valid(folder.checkpoints, lambda checkpoint: _without_best(folder, checkpoint))
    progress = fresh
    if found.folder is not None:
        progress = read_progress(found.folder)
        if progress.fingerprint != fresh.fingerprint:
            raise CheckpointError(
                f"{found.folder} was written with other data, another pretrained model or another recipe than this "
                "one.\n  Going on would mix two trainings. Restore the files, or train anew with output=runs/another"
            )
        restore(found.folder, model, prepared.parts.method, optimizer)
    journal.rewind(found.step)
    forget(folder.checkpoints, after=found.step)
    notes = [f"The checkpoint {name} is passed over: {reason}." for name, reason in found.rejected]
    if found.folder is not None:
        # a kill between a save and its pruning; after the last save there would be no other pruning
        prune(folder.checkpoints, prepared.recipe.training.keep_checkpoints, [progress.best_step])
        journal.write("resume", step=found.step, processes=fresh.processes)
        notes += _changed_cut(progress, fresh)
        if progress.threads != fresh.threads:
            notes.append(
                f"Resumed with {fresh.threads} CPU threads after {progress.threads}: sums may differ in their last "
                "bits, so the result will not be the same to the bit."
            )
    elif found.rejected:
        notes.append("No checkpoint can be used: training starts again from step 0.")
    for text in notes:
        journal.write("note", step=found.step, text=text)
        observer.note(text)
    if found.folder is None:
        return fresh
    observer.note(f"Going on after step {found.step}.")
    if progress.asked_budget != fresh.asked_budget:  # another one is asked for now; a shortage is none of it
        progress = progress.having(token_budget=fresh.token_budget, asked_budget=fresh.asked_budget)
    return progress.having(resumed=progress.resumed + 1, threads=fresh.threads, processes=fresh.processes)


def _changed_cut(before: Progress, now: Progress) -> list[str]:
    """What is cut in another way from here on. The samples of each step, and their order, are the same for any cut."""
    notes = []
    same = "every step trains on the same samples as before; sums may differ in their last bits"
    if before.processes != now.processes:
        notes.append(f"Processes: {now.processes} now, {before.processes} before; {same}.")
    if before.asked_budget not in (0, now.asked_budget):
        notes.append(f"Token budget: {now.asked_budget} now, {before.asked_budget} before; {same}.")
    return notes


def _without_best(folder: RunFolder, checkpoint: Path) -> str | None:
    """Why a whole checkpoint cannot be gone on with: the best weights, which the end of the run takes, are damaged."""
    progress = read_progress(checkpoint)
    if progress.best_step in (0, progress.step):
        return None
    problem = damage(folder.checkpoint(progress.best_step))
    return f"the best weights so far, of step {progress.best_step}, are damaged ({problem})" if problem else None


def refuse_damaged_best(folder: RunFolder, step: int) -> None:
    """Stop before a flipped bit becomes the model that is handed over."""
    best = folder.checkpoint(step)
    problem = damage(best)
    if problem:
        raise CheckpointError(
            f"The best weights are those of {best}, and there {problem}.\n"
            f"  Train from the last checkpoint that is whole: tunewright train {folder.recipe} --resume"
        )
