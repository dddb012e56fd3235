"""train and evaluate, whole: what they leave, in which order, and what they leave alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_runs import Watcher, leftovers, review_columns, verified_in_process, weights, write_csv

import tunewright
from tunewright.errors import DataError, RecipeError, UserError
from tunewright.pipeline.stages import evaluate, train
from tunewright.recipe import Recipe
from tunewright.records import Audit, Quality, RunFolder, read_journal, read_record

MARK = "zanzibarquux"
"""A word that stands in every text of a run, and nowhere else in the world."""


@pytest.fixture
def trained(placed):
    """Trains `placed` recipes with the check of the saved model in this process."""

    def run(recipe=None, observer=None, **changes):
        with verified_in_process():
            return train(recipe or placed(**changes), observer=observer)

    return run


def test_a_run_leaves_what_the_architecture_promises(runs):
    """Other programs find these files by their names."""
    folder = runs("full").folder
    names = {path.name for path in folder.path.iterdir()} - {".lock"}
    assert names == {
        "recipe.yaml", "provenance.json", "audit.json", "journal.jsonl", "checkpoints", "model", "evaluation",
        "report.html",
    }  # fmt: skip
    assert {path.stem for path in (folder.path / "evaluation").iterdir()} == {
        "verification", "quality", "latency", "memory",
    }  # fmt: skip
    assert folder.finished
    assert leftovers(folder.path) == []
    assert (runs("lora").folder.path / "adapter").is_dir()


def test_the_recipe_in_the_run_is_whole_and_makes_the_same_run_again(runs, tmp_path, monkeypatch):
    """Copied to another folder a year later, it must still say everything, defaults and paths included."""
    run = runs("freeze")
    page = tmp_path / "again.yaml"
    page.write_text(run.folder.recipe.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.read(page, [f"output={tmp_path / 'again'}"])
    assert recipe.training.learning_rate == 5e-3
    assert Path(recipe.data.train).is_absolute()
    assert recipe.training.weight_decay == 0.01, "a default, written out"
    with verified_in_process():
        train(recipe)
    assert weights(tmp_path / "again") == weights(run.folder.path)


def test_a_default_learning_rate_is_written_down(trained):
    """`null` in the recipe of a run would mean something else after an update."""
    run = trained(training__learning_rate=None, training__max_steps=1)
    assert run.recipe.training.learning_rate == 2e-4


def test_the_journal_tells_the_run_in_order(runs):
    """From start to end, each step once, a validation and a checkpoint each epoch."""
    events = list(read_journal(runs("full").folder.journal))
    assert events[0]["event"] == "start"
    assert events[-1]["event"] == "end"
    assert [event["step"] for event in events if event["event"] == "step"] == list(range(1, 55))
    assert [event["step"] for event in events if event["event"] == "validation"] == [9, 18, 27, 36, 45, 54]
    assert [event["step"] for event in events if event["event"] == "checkpoint"] == [9, 18, 27, 36, 45, 54]
    rates = [event["learning_rate"] for event in events if event["event"] == "step"]
    assert rates.index(max(rates)) < 10, "warm-up"
    assert rates[-1] < 0.05 * max(rates)


def test_the_audit_of_a_run_holds_the_forecast_that_it_is_held_against(runs):
    """Predicted and measured stand side by side in the report."""
    audit = read_record(runs("full").folder.audit, Audit)
    assert audit.forecast is not None
    assert audit.forecast.steps == 54


def test_figures_are_about_rows_that_were_not_trained_on(runs):
    """The one number that people take away."""
    quality = runs("full").quality
    assert {metric.split for metric in quality.metrics if metric.model == "tuned"} == {"test", "validation"}
    tuned = quality.metric("accuracy")
    assert tuned.n == 24
    assert tuned.value > quality.metric("accuracy", "majority").value
    assert tuned.low <= tuned.value <= tuned.high


def test_the_observer_is_told_of_every_stage(trained):
    """Silence of a minute looks like a hang."""
    watcher = Watcher()
    trained(observer=watcher)
    assert watcher.phases == [
        "Reading the data",
        "Encoding",
        "Loading ./tiny",
        "Writing and verifying the model",
        "Writing the report",
    ]
    assert any("validation holds" in note for note in watcher.notes), "warnings of the audit are passed on"


def test_the_same_recipe_gives_the_same_bytes(trained, placed, tmp_path):
    """Anything hidden, a clock or an order of a set, would show here."""
    first = weights(trained(placed(training__dropout=0.1)).folder.path)
    (tmp_path / "run").rename(tmp_path / "first")
    assert weights(trained(placed(training__dropout=0.1)).folder.path) == first
    other = weights(trained(placed(training__dropout=0.1, training__seed=1, output=str(tmp_path / "x"))).folder.path)
    assert other["model/model.safetensors"] != first["model/model.safetensors"]


def test_no_text_of_the_user_leaves_the_places_for_it(placed, tmp_path):
    """Journals and provenance are sent to colleagues and servers; the rows belong to customers."""
    columns = review_columns()
    columns["review"] = [f"{MARK} {text} {MARK}" for text in columns["review"]]
    columns["review"][4] = columns["review"][3]
    columns["mood"][4] = {"happy": "angry", "angry": "happy"}[columns["mood"][3]]
    write_csv(tmp_path / "reviews.csv", columns)
    watcher = Watcher()
    recipe = placed(training__max_steps=3, data__max_length=16, evaluation=[{"kind": "quality", "resamples": 40}])
    with verified_in_process():
        run = train(recipe, observer=watcher)
    told = [path for path in run.folder.path.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]
    allowed = {run.folder.evaluation("quality"), run.folder.report}
    assert set(told) <= allowed, told
    assert run.folder.evaluation("quality") in told, "the mistakes hold texts, or this test looks at nothing"
    assert MARK not in " ".join([*watcher.notes, *watcher.phases])


def test_training_without_any_rows_held_out(trained):
    """Small data: everything is trained on, and the figures say that they are about training rows."""
    run = trained(
        data__validation=None, data__test=None, evaluation=[{"kind": "quality", "resamples": 40, "baselines": []}]
    )
    assert {metric.split for metric in run.quality.metrics} == {"train"}
    assert any("no test rows" in note for note in run.quality.notes)


def test_files_of_their_own_for_every_split(trained, placed, tmp_path):
    """The usual shape of a public benchmark."""
    for name, seed in (("validation", 11), ("test", 12)):
        write_csv(tmp_path / f"{name}.csv", review_columns(rows=20, seed=seed))
    run = trained(placed(data__validation="validation.csv", data__test="test.csv"))
    assert {split.name: split.rows for split in run.audit.splits} == {"train": 64, "validation": 20, "test": 20}


def test_data_that_cannot_be_trained_on_leave_no_run(placed, tmp_path):
    """The next attempt, mended, must not be told that there is a run already."""
    write_csv(tmp_path / "reviews.csv", review_columns() | {"mood": ["happy"] * 64})
    with pytest.raises(DataError):
        train(placed())
    write_csv(tmp_path / "reviews.csv", review_columns())
    with verified_in_process():
        train(placed(training__max_steps=1))


def test_python_makes_a_run_without_a_page(tmp_path, runs):
    """`tunewright.Recipe(...)` and `tunewright.train(recipe)`, as the README has it."""
    page = runs.recipe("full")
    recipe = tunewright.Recipe(
        model=str(page.parent / "tiny"),
        data={"train": str(page.parent / "reviews.csv"), "inputs": {"text": "review"}, "target": "mood"},
        training={"max_steps": 2, "threads": 1},
        evaluation=[],
        output=str(tmp_path / "run"),
    )
    with verified_in_process():
        run = tunewright.train(recipe)
    assert len(run.predict(["good", "bad"])) == 2
    assert run.report.is_file()


@pytest.fixture
def finished(runs, tmp_path):
    """A copy of a finished run, to be measured again."""
    return RunFolder(runs.copy("full", tmp_path / "run"))


QUALITY = "evaluation=[{kind: quality, resamples: 40, baselines: []}]"


def test_measuring_again_gives_the_same_figures(finished, runs):
    """From the saved model instead of the one in memory: if they differ, one of the two is wrong."""
    before = runs("full").quality
    again = evaluate(finished.path, [QUALITY]).quality
    assert again.metric("accuracy") == before.metric("accuracy")
    assert again.confusion == before.confusion


def test_measuring_on_other_rows(finished, tmp_path):
    """Rows of next month, with a file of their own; the old report is replaced with them."""
    write_csv(tmp_path / "new.csv", review_columns(rows=30, seed=5))
    old = finished.report.read_text(encoding="utf-8")
    model = weights(finished.path)
    run = evaluate(finished.path, [QUALITY, f"data.test={tmp_path / 'new.csv'}"])
    assert run.quality.metric("accuracy").n == 30
    assert finished.report.read_text(encoding="utf-8") != old
    assert weights(finished.path) == model
    assert Recipe.read(finished.recipe).data.test == 0.2, "the recipe of the training stays as it was"


def test_measuring_what_was_trained_otherwise_is_refused(finished):
    """Nothing is measured, and nothing is written."""
    before = finished.evaluation("quality").read_bytes()
    with pytest.raises(RecipeError, match=r"training\.seed"):
        evaluate(finished.path, ["training.seed=3"])
    assert finished.evaluation("quality").read_bytes() == before


def test_measuring_rows_with_labels_the_model_does_not_know(finished, tmp_path):
    """They cannot be right, and leaving them out in silence would flatter."""
    columns = review_columns(rows=20, seed=5)
    columns["mood"][2] = "puzzled"
    write_csv(tmp_path / "new.csv", columns)
    with pytest.raises(DataError, match=r"new\.csv:4"):
        evaluate(finished.path, [QUALITY, f"data.test={tmp_path / 'new.csv'}"])


def test_measuring_what_is_not_finished(placed, tmp_path):
    """There is no model yet."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.yaml").write_text("model: x\n", encoding="utf-8")
    with pytest.raises(UserError, match="not finished"):
        evaluate(tmp_path / "run")


def test_records_are_json_that_any_program_reads(runs):
    """NaN and Infinity are no JSON; a strict reader stops at them."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    for path in runs("full").folder.path.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert isinstance(runs("full").quality, Quality)
