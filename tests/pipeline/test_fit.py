"""The training stage: which weights come out, by which metric, and where the curves go."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from tiny_runs import Watcher

from tunewright.errors import MissingExtraError, RecipeError
from tunewright.evaluation import infer
from tunewright.models.precision import Precision
from tunewright.pipeline import fit as room
from tunewright.pipeline.fit import build_model, fit, measure, refuse_unready, selection
from tunewright.pipeline.parts import Parts
from tunewright.pipeline.prepare import prepare
from tunewright.records import Journal, RunFolder, read_journal
from tunewright.training.observer import Silent
from tunewright.training.signals import StopRequest

CPU = torch.device("cpu")


@pytest.fixture
def fitted(placed, tmp_path):
    """Runs the training stage alone, in `run`."""

    def run(recipe=None, watcher=None, **changes):
        prepared = prepare(recipe or placed(**changes), Silent())
        folder = RunFolder(tmp_path / "run")
        journal = Journal(folder.journal)
        try:
            return fit(prepared, folder, journal, watcher or Silent(), StopRequest(), 5e-3)
        finally:
            journal.close()

    return run


def scripted(monkeypatch, values: list[float], metric: str = "accuracy", losses: list[float] | None = None) -> None:
    """Let validation answer these values, one after the other."""
    waiting = iter(values if losses is None else zip(values, losses, strict=True))
    usual = measure

    def answer(*arguments):
        value = next(waiting)
        return usual(*arguments) | ({metric: value} if losses is None else {metric: value[0], "loss": value[1]})

    monkeypatch.setattr(room, "measure", answer)


def is_of_step(model, run, step: int) -> bool:
    saved = load_file(run / "checkpoints" / f"step-{step:06d}" / "weights.safetensors")
    own = {name: p for name, p in model.named_parameters() if p.requires_grad}
    same = [torch.equal(own[name], saved[name]) for name in own if own[name].shape == saved[name].shape]
    # of the word embeddings a checkpoint keeps the rows that the training data uses
    rows = [bool((own[n][:, None] == saved[n]).all(2).any(0).all()) for n in own if own[n].shape != saved[n].shape]
    return own.keys() <= saved.keys() and len(rows) <= 1 and all(same) and all(rows)


@pytest.mark.parametrize("method", ["full", {"kind": "lora", "rank": 4}])
def test_the_best_weights_come_out_not_the_last(fitted, tmp_path, monkeypatch, method):
    """The last epoch is often the worst one; and of an adapter the head must come back too."""
    scripted(monkeypatch, [0.9, 0.1, 0.2])
    found = fitted(method=method, training__keep_checkpoints=1)
    assert (found.progress.step, found.progress.best_step, found.progress.best_value) == (15, 5, 0.9)
    assert is_of_step(found.model, tmp_path / "run", 5)
    assert not is_of_step(found.model, tmp_path / "run", 15)
    assert not found.model.training


@pytest.mark.parametrize("method", ["full", {"kind": "lora", "rank": 4}])
@pytest.mark.parametrize("best", [5, 15])
def test_the_average_comes_out_where_it_is_asked_for(fitted, tmp_path, monkeypatch, method, best):
    """What was validated and chosen is the average; handing over the last step's weights would be another model."""
    scripted(monkeypatch, [0.9, 0.1, 0.2] if best == 5 else [0.1, 0.2, 0.9])
    found = fitted(method=method, training__average_power=1.0)
    assert found.progress.best_step == best
    saved = load_file(tmp_path / "run" / "checkpoints" / f"step-{best:06d}" / "optimizer.safetensors")
    averages = {name.removesuffix("::average"): t for name, t in saved.items() if name.endswith("::average")}
    own = {name: p for name, p in found.model.named_parameters() if p.requires_grad}
    same = [torch.equal(own[name], averages[name]) for name in averages if own[name].shape == averages[name].shape]
    assert len(same) >= len(own) - 2 and all(same)
    assert not is_of_step(found.model, tmp_path / "run", best)


@pytest.mark.parametrize(("losses", "best"), [([0.9, 0.5, 0.5], 10), ([0.9, 0.5, 0.6], 10), ([0.9, 0.5, 0.4], 15)])
def test_of_equal_values_the_lower_loss_is_kept_and_else_the_first(fitted, monkeypatch, losses, best):
    """An easy task is right on every row at once, by weights that are sure of nothing yet; and every restart must
    choose the same."""
    scripted(monkeypatch, [0.5, 0.7, 0.7], losses=losses)
    assert fitted().progress.best_step == best


def test_a_metric_that_is_better_when_it_is_smaller(fitted, monkeypatch):
    """Choosing the largest loss would pick the worst model with confidence."""
    scripted(monkeypatch, [0.3, 0.2, 0.4], "loss")
    assert fitted(training__select_by="loss").progress.best_step == 10


def test_a_metric_that_is_no_number_is_never_the_best(fitted, monkeypatch):
    """NaN compares false with everything; once best, nothing could beat it."""
    scripted(monkeypatch, [math.nan, 0.4, 0.3])
    assert fitted().progress.best_step == 10


def test_without_validation_the_last_weights_come_out(fitted, tmp_path):
    """There is nothing to choose by, and nothing must pretend so."""
    found = fitted(data__validation=None)
    assert (found.progress.best_step, found.progress.best_value) == (0, None)
    assert is_of_step(found.model, tmp_path / "run", found.progress.step)
    assert [e for e in read_journal(tmp_path / "run" / "journal.jsonl") if e["event"] == "validation"] == []


def test_early_stopping_ends_the_run(fitted, monkeypatch):
    """Epochs after the best one cost hours and change nothing."""
    scripted(monkeypatch, [0.9, 0.1, 0.2, 0.3, 0.3, 0.3])
    found = fitted(training__epochs=6, training__early_stopping={"patience": 2})
    assert found.progress.stopped_early
    assert (found.progress.step, found.progress.best_step) == (15, 5)


def test_what_selects_by_itself(prepared):
    """Each task has the one metric that a verdict is about."""
    for name, metric, higher in [
        ("full", "accuracy", True),
        ("multilabel", "f1_macro", True),
        ("regress", "rmse", False),
    ]:
        chosen = selection(prepared(name))
        assert (chosen.name, chosen.higher_is_better) == (metric, higher)


def test_an_unknown_metric_has_a_near_miss(placed):
    """Found after the first epoch, a typo costs an epoch."""
    with pytest.raises(RecipeError) as caught:
        selection(prepare(placed(training__select_by="acuracy"), Silent()))
    problem = caught.value.problems[0]
    assert problem.where == "training.select_by"
    assert "Did you mean 'accuracy'?" in problem.hint
    assert "loss" in problem.hint


def test_the_head_is_drawn_from_the_seed(prepared):
    """Two seeds must give two heads, and one seed one."""
    base = prepared("full")
    heads = []
    for seed in (0, 0, 1):
        training = base.recipe.training.model_copy(update={"seed": seed})
        changed = room.Prepared(**(vars(base) | {"recipe": base.recipe.model_copy(update={"training": training})}))
        heads.append(build_model(changed, torch.device("cpu"))[1].classifier.weight.detach())
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])


def test_validation_leaves_the_training_as_it_was(fitted, tmp_path):
    """A validation that draws random numbers, or leaves dropout off, changes every step after it."""
    seen = []
    for every in (None, 1):
        watcher = Watcher()
        fitted(training__dropout=0.1, training__validate_every=every, training__checkpoint_every=None, watcher=watcher)
        events = list(read_journal(tmp_path / "run" / "journal.jsonl"))
        seen.append([event["loss"] for event in events if event["event"] == "step"])
        assert watcher.steps == list(range(1, 16))
        (tmp_path / "run").rename(tmp_path / f"run-{every}")
    assert seen[0] == seen[1]


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="the extra tensorboard is not installed")
def test_curves_go_to_tensorboard(fitted, tmp_path):
    """Event files that hold nothing look like a tracker that works."""
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    fitted(training__trackers=["tensorboard"])
    read = events.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    read.Reload()
    names = {"train/loss", "train/learning_rate", "train/grad_norm", "validation/accuracy"}
    assert names <= set(read.Tags()["scalars"])
    losses = [event.value for event in read.Scalars("train/loss")]
    journal = read_journal(tmp_path / "run" / "journal.jsonl")
    assert losses == pytest.approx([event["loss"] for event in journal if event["event"] == "step"], rel=1e-6)


def test_a_tracker_that_is_not_installed_says_how_to_install_it(fitted, monkeypatch):
    """The curves that somebody waits for must not be missing in silence."""
    usual = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tensorboard" else usual(name))
    with pytest.raises(MissingExtraError, match=r"pip install 'tunewright\[tensorboard\]'"):
        fitted(training__trackers=["tensorboard"])


def test_the_training_loss_and_the_log_loss_have_names_of_their_own(prepared):
    """One name for two numbers: a curve that ends at 0.4 beside a table that says 0.2 for the same rows."""
    made = prepared("full")
    smoothed = made.recipe.changed(task={"kind": "classify", "loss": {"kind": "cross_entropy", "label_smoothing": 0.3}})
    for recipe, same in ((made.recipe, True), (smoothed, False)):
        here = replace(made, recipe=recipe, parts=Parts.of(recipe))
        model, _, space = build_model(here, CPU)
        split, task = made.validation, here.parts.task
        outputs = infer(
            model.eval(), split.encoded, here.parts.inputs, device=CPU, precision="fp32", token_budget=512, task=task
        )
        found = measure(here, space, split, outputs)
        assert (found["loss"] == pytest.approx(found["log_loss"], rel=1e-5)) is same


def test_slices_in_fp16_are_refused_before_anything_is_written(prepared, monkeypatch):
    """Danger: a gradient that overflowed in one process's slice, and a step that only the others leave out."""
    given = prepared("full")
    sliced = replace(
        given,
        recipe=given.recipe.changed(training=given.recipe.training.model_dump(mode="json") | {"sharding": "full"}),
    )
    refuse_unready(sliced)
    monkeypatch.setattr(room, "choose_precision", lambda wanted, device: Precision("fp16", "an old GPU"))
    refuse_unready(given)
    with pytest.raises(RecipeError, match=r"training.sharding: is full, and this run computes in fp16"):
        refuse_unready(sliced)
