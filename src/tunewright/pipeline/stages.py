"""The verbs train and evaluate. Each leaves a folder that the next can start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tunewright.models.device import best_device, thread_count, use_threads
from tunewright.models.precision import choose_precision
from tunewright.pipeline.appraise import appraise
from tunewright.pipeline.finish import finish
from tunewright.pipeline.fit import fit, refuse_unready
from tunewright.pipeline.forecast import forecast
from tunewright.pipeline.joined import joined
from tunewright.pipeline.mining import with_mined
from tunewright.pipeline.opening import clear_folder, open_folder, resolved
from tunewright.pipeline.prepare import Prepared, prepare, refuse_errors
from tunewright.pipeline.provenance import begun, now, summary
from tunewright.pipeline.reference import with_reference
from tunewright.pipeline.rehearsal import rehearse
from tunewright.pipeline.remeasure import refuse_other_rows, refuse_other_training
from tunewright.pipeline.run import Run
from tunewright.recipe import Recipe, filled
from tunewright.records import (
    Journal,
    Provenance,
    RunFolder,
    read_journal,
    read_record,
    run_lock,
    write_record,
    write_text,
)
from tunewright.report import write_model_card, write_report
from tunewright.training.observer import Observer, Silent
from tunewright.training.signals import StopRequest, listen
from tunewright.training.world import World

__all__ = ["evaluate", "train"]


def train(
    recipe: Recipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    observer: Observer | None = None,
    stop: StopRequest | None = None,
) -> Run:
    """Run a recipe from data to report.

    Under a launcher (torchrun and its like) every process calls this. The first one writes, talks and finishes; the
    others return when training ends, and the run that they return is whole when the first one's is.

    Args:
        recipe: what to do.
        resume: go on with the run in the output folder; start it where there is none.
        overwrite: replace a run that stands in the output folder.
        observer: told what happens.
        stop: where something else than a signal of this process may ask for a stop.

    Raises:
        UserError: the recipe or the data cannot be used, or the folder holds a run already.
        Stopped: a signal arrived; the state is saved.
    """
    recipe = recipe if recipe.output else recipe.changed(output="runs/run")
    folder = RunFolder(str(recipe.output))
    with joined() as world, listen(stop) as stop, use_threads(thread_count(recipe.training.threads)):
        if world.leads:
            open_folder(folder, recipe, resume=resume, overwrite=overwrite)  # before the lock, which is a file in there
            with run_lock(folder.lock):
                open_folder(folder, recipe, resume=resume, overwrite=overwrite)
                _train(recipe, folder, observer or Silent(), stop, overwrite and not resume, world)
        else:
            _follow(recipe, folder, stop, world)
    return Run(folder)


def _follow(recipe: Recipe, folder: RunFolder, stop: StopRequest, world: World) -> None:
    """The part of every process but the first: the same data, a share of every step, and nothing written."""
    rate = 0.0
    if world.notices:
        rate = float(world.notices.wait_for("prepared"))  # however long it takes: what is found there need not be made
    prepared = with_reference(_at_rate(prepare(recipe, Silent()), rate), Silent())
    prepared = with_mined(prepared, Silent())
    if world.notices:
        world.notices.meet("everybody has prepared")
    fit(prepared, folder, None, Silent(), stop, rate, world)


def _at_rate(prepared: Prepared, rate: float) -> Prepared:
    """With the learning rate in force written into the recipe."""
    recipe = prepared.recipe
    return replace(
        prepared,
        recipe=recipe.changed(training=recipe.training.model_dump(mode="json") | {"learning_rate": rate}),
    )


def _train(
    recipe: Recipe, folder: RunFolder, observer: Observer, stop: StopRequest, overwrite: bool, world: World
) -> None:
    started = now()
    prepared = prepare(recipe, observer)
    refuse_errors(prepared.audit)
    # what the recipe gets wrong shows here, before anything is written or replaced
    refuse_unready(prepared)
    starts = overwrite or not folder.recipe.is_file()
    rate = resolved(recipe, prepared.parts.method.learning_rate(prepared.config), None if starts else folder)
    prepared = with_mined(with_reference(_at_rate(prepared, rate), observer), observer)
    audit = prepared.audit.model_copy(update={"forecast": forecast(prepared)})
    recipe = prepared.recipe
    _make_room(prepared, folder, overwrite)
    if starts:
        write_record(folder.audit, audit)
        write_record(folder.provenance, begun(prepared, started))
        write_text(folder.recipe, filled(recipe.absolute()))
    for finding in prepared.audit.findings:
        if finding.severity == "warning":
            observer.note(finding.title)
    journal = Journal(folder.journal)
    try:
        if starts:
            journal.write("start", started=started, processes=world.size)
        if world.notices:
            world.notices.announce("prepared", rate)
            world.notices.meet("everybody has prepared")
        fitted = fit(prepared, folder, journal, observer, stop, rate, world)
        model, space = finish(fitted, prepared, folder, observer)
        write_record(
            folder.provenance,
            read_record(folder.provenance, Provenance).model_copy(
                update={
                    "precision": fitted.precision.name,
                    "precision_reason": fitted.precision.reason,
                    "training": summary(prepared, fitted),
                    "notes": _told(folder),
                }
            ),
        )
        appraise(
            model,
            space,
            prepared,
            folder,
            recipe.evaluation,
            device=fitted.device,
            precision=fitted.precision.name,
            training_peak_bytes=fitted.progress.peak_bytes,
            observer=observer,
        )
        journal.write("end", step=fitted.progress.step, finished=now())
    finally:
        journal.close()
    write_record(folder.provenance, read_record(folder.provenance, Provenance).model_copy(update={"finished": now()}))
    observer.phase("Writing the report")
    write_model_card(folder)
    write_report(folder)


def _make_room(prepared: Prepared, folder: RunFolder, overwrite: bool) -> None:
    """Take away the run that is to be replaced, once the model itself has been seen to take the recipe."""
    if overwrite and folder.recipe.is_file():
        rehearse(prepared)
    clear_folder(folder, overwrite=overwrite)


def _told(folder: RunFolder) -> tuple[str, ...]:
    """What happened on the way, each thing once: a checkpoint passed over, a budget halved, another thread count."""
    return tuple(dict.fromkeys(e["text"] for e in read_journal(folder.journal) if e["event"] == "note"))


def evaluate(path: str | Path, overrides: Sequence[str] = (), observer: Observer | None = None) -> Run:
    """Measure a finished run again, from its saved model.

    Args:
        path: the run's folder.
        overrides: changes to its recipe for this measurement: `data.test=new.csv`, `evaluation=[quality]`.
        observer: told what happens.

    Raises:
        RecipeError: an override would change what was trained.
        DataError: the rows held out in training cannot be told any more, or the labels are not those of the model.
    """
    watcher = observer or Silent()
    run = Run.open(path)
    recipe = Recipe.read(run.folder.recipe, overrides)
    refuse_other_training(run.recipe, recipe)
    trained, asked = run.recipe.data, recipe.absolute().data
    replaced = {name for name in ("test", "validation") if getattr(trained, name) != getattr(asked, name)}
    if replaced:  # what the model has learned stays learned: rows of the new files that it knows are counted
        recipe = recipe.changed(data=recipe.data.model_dump(mode="json") | {"on_leak": "keep"})
    with run_lock(run.folder.lock), use_threads(thread_count(recipe.training.threads)):
        provenance = read_record(run.folder.provenance, Provenance)
        prepared = with_reference(prepare(recipe, watcher), watcher)
        refuse_errors(prepared.audit)
        refuse_other_rows(prepared, provenance, run.space)
        measured = "test" if prepared.test else "validation" if prepared.validation else "train"
        device = best_device()
        appraise(
            run.model.to(device),
            run.space,
            prepared,
            run.folder,
            recipe.evaluation,
            device=device,
            precision=choose_precision(recipe.training.precision, device).name,
            training_peak_bytes=provenance.training.peak_bytes if provenance.training else None,
            observer=watcher,
            source=str(getattr(recipe.data, measured)) if measured in replaced else "",
        )
        write_model_card(run.folder)
        write_report(run.folder)
    return run
