"""tunewright train"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from tiny_runs import review_columns, verified_in_process, weights, write_csv

from tunewright.records import read_journal

MARK = "zanzibarquux"


@pytest.fixture(autouse=True)
def quick():
    """The check of the saved model in a new process is done for real by tests/cli/test_entry_from_outside.py."""
    with verified_in_process():
        yield


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_summary_ends_with_where_things_are(typed, page, tmp_path):
    """Two paths to copy: the report and the model."""
    done = typed("train", page, "training.max_steps=2")
    assert done.status == 0
    assert f"Report: {tmp_path / 'run' / 'report.html'}" in done.out
    assert f"Model:  {tmp_path / 'run' / 'model'}" in done.out
    assert "Verified: saving and loading" in done.out
    assert "Training: 2 steps" in done.err
    assert "step 2/2" in done.err


def test_json_is_all_records_and_nothing_else(typed, page, tmp_path):
    """For scripts that compare runs."""
    found = typed("train", page, "training.max_steps=2", "evaluation=[memory]", "--json").json
    assert found["run"] == str(tmp_path / "run")
    assert found["provenance"]["training"]["steps"] == 2
    assert set(found["evaluation"]) == {"memory", "verification"}


def test_the_folder_is_named_after_the_recipe(typed, page, tmp_path):
    """Unless it says otherwise."""
    assert typed("train", page, "output=null", "training.max_steps=1").status == 0
    assert (tmp_path / "runs" / "reviews" / "model").is_dir()
    assert typed("predict", page, "reviews.csv").status == 2, "that is another run than the recipe's own"


@pytest.fixture
def trained(typed, page, tmp_path):
    """A finished run of two steps."""
    assert typed("train", page, "training.max_steps=2").status == 0
    return tmp_path / "run"


def test_a_run_is_not_trained_over(typed, page, trained):
    """Typed again by mistake, the command must not cost a night's work."""
    before = content(trained)
    done = typed("train", page, "training.max_steps=2")
    assert (done.status, done.out) == (2, "")
    assert "holds a finished run already; nothing was changed" in done.err
    assert all(way in done.err for way in ("--resume", "--overwrite", "output="))
    assert content(trained) == before


def test_overwrite_replaces_it(typed, page, trained):
    """By a run of another recipe, and nothing of the old one stays."""
    done = typed("train", page, "training.max_steps=3", "--overwrite")
    assert done.status == 0
    steps = [event["step"] for event in read_journal(trained / "journal.jsonl") if event["event"] == "step"]
    assert steps == [1, 2, 3]
    assert [path.name for path in (trained / "checkpoints").iterdir()] == ["step-000003"]


def test_overwrite_with_a_mistake_keeps_it(typed, page, trained):
    """Found after the old run is gone, a typo would have cost two runs."""
    before = content(trained)
    for mistake in ("data.target=moood", "training.select_by=acuracy", "method.kind=lorra", "data.train=none.csv"):
        done = typed("train", page, "--overwrite", mistake)
        assert (done.status, done.out) == (2, ""), done.err
    assert content(trained) == before


def test_resume_starts_where_there_is_nothing(typed, page, tmp_path):
    """One command for a scheduler that does not know whether it is the first try."""
    done = typed("train", page, "--resume", "training.max_steps=2")
    assert done.status == 0
    assert next(read_journal(tmp_path / "run" / "journal.jsonl"))["event"] == "start"


def test_resume_of_a_finished_run_changes_no_weight(typed, page, trained):
    """The try after the last one."""
    before = weights(trained)
    done = typed("train", page, "--resume", "training.max_steps=2")
    assert done.status == 0
    assert "Going on after step 2." in done.err
    assert weights(trained) == before
    events = [event["event"] for event in read_journal(trained / "journal.jsonl")]
    assert events.count("step") == 2
    assert events.count("end") == 1


def test_gradient_checkpointing_changes_no_byte(typed, page, trained, tmp_path):
    """An option that is there to save memory may not touch the result, and what is saved must not remember it."""
    before = {name: digest for name, digest in weights(trained).items() if name.startswith("model/")}
    other = tmp_path / "checkpointed"
    asked = ["training.gradient_checkpointing=true", "training.max_steps=2", f"output={other}"]
    done = typed("train", page, *asked)
    assert done.status == 0, done.err
    assert {name: digest for name, digest in weights(other).items() if name.startswith("model/")} == before


def test_resume_with_another_recipe_is_refused(typed, page, trained):
    """Field by field, with both values."""
    before = content(trained)
    done = typed("train", page, "--resume", "training.max_steps=4", "data.target=marks")
    assert (done.status, done.out) == (2, "")
    assert "training.max_steps: is 4, and the run was begun with 2" in done.err
    assert "data.target: is 'marks', and the run was begun with 'mood'" in done.err
    assert content(trained) == before


@pytest.mark.parametrize(
    ("output", "words"), [("reviews.csv", "is a file"), ("reviews.csv/x", "is a file"), (".", "files that are no run")]
)
def test_where_a_run_cannot_go(typed, page, tmp_path, output, words):
    """Nothing is written there, not even a lock."""
    before = content(tmp_path)
    done = typed("train", page, f"output={output}")
    assert (done.status, done.out) == (2, "")
    assert words in done.err
    assert content(tmp_path) == before
    assert not (tmp_path / ".lock").exists()


def test_no_text_of_the_user_is_printed(typed, page, tmp_path):
    """Standard error ends in the logs of a cluster, which others read."""
    columns = review_columns()
    columns["review"] = [f"{MARK} {text}" for text in columns["review"]]
    columns["mood"][3] = ""
    columns["review"][5] = columns["review"][6]
    write_csv(tmp_path / "reviews.csv", columns)
    refused = typed("train", page, "training.max_steps=2", "data.max_length=8")
    assert refused.status == 2
    done = typed("train", page, "training.max_steps=2", "data.max_length=8", "data.on_bad_row=skip")
    assert done.status == 0
    assert MARK not in refused.err + refused.out + done.err + done.out


def test_a_row_at_fault_stops_it_before_anything_is_written(typed, page, tmp_path):
    """With every place, and the way on; the mended file is trained on by the same command."""
    columns = review_columns()
    columns["mood"][3] = ""
    write_csv(tmp_path / "reviews.csv", columns)
    done = typed("train", page)
    assert (done.status, done.out) == (2, "")
    assert "reviews.csv:5" in done.err
    assert "data.on_bad_row=skip" in done.err
    write_csv(tmp_path / "reviews.csv", review_columns())
    assert typed("train", page, "training.max_steps=1").status == 0


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model=./none", ["There is no file './none'"]),
        ("model=./reviews.csv", ["reviews.csv"]),
        ("model=.", ["config.json"]),
        ("model=sample://none", ["sample://"]),
        ("data.train=none.csv", ["There is no file 'none.csv'"]),
        ("data.inputs.text=reviw", ["reviw", "review"]),
        ("data.test=reviews.csv", ["same rows"]),
        ("data.test=100%", ["data.test"]),
        ("task=regress", ["no number", "reviews.csv:2"]),
        ("task={kind: classify, loss: mse}", ["mse", "cross_entropy"]),
        ("method={kind: freeze, layers: 7}", ["method.layers", "0 to 2"]),
        ("method={kind: lora, rnk: 3}", ["rnk", "rank"]),
        ("training.precision=fp16", ["fp16", "bf16"]),
        ("training.trackers=[tensorbord]", ["tensorbord", "tensorboard"]),
        ("evaluation=[qualty]", ["qualty", "quality"]),
        ("data.max_length=4000", ["data.max_length", "80"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_a_recipe_is_said_before_anything_is_written(typed, page, tmp_path, override, words):
    """One screen, status 2, what is allowed; and no half-begun run in the way of the next try."""
    done = typed("train", page, override)
    assert (done.status, done.out) == (2, ""), done.err
    for word in words:
        assert word in done.err
    assert len(done.err.splitlines()) < 30
    assert not (tmp_path / "run" / "recipe.yaml").exists()


def test_a_tracker_that_is_missing_is_told_before_training(typed, page, tmp_path, monkeypatch):
    """With the pip command."""
    usual = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tensorboard" else usual(name))
    done = typed("train", page, "training.trackers=[tensorboard]")
    assert done.status == 2
    assert "pip install 'tunewright[tensorboard]'" in done.err
    assert not (tmp_path / "run" / "recipe.yaml").exists()


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="the extra tensorboard is not installed")
def test_tensorboard(typed, page, tmp_path):
    """Where `tensorboard --logdir` looks."""
    assert typed("train", page, "training.max_steps=2", "training.trackers=[tensorboard]").status == 0
    assert list((tmp_path / "run" / "tensorboard").glob("events.out.tfevents.*"))


def test_errors_of_a_run_are_json_when_asked(typed, page):
    """Status 1 with its kind, for a program that decides what to do."""
    wrong = ["training.learning_rate=1e25", "training.max_grad_norm=null"]
    done = typed("train", page, *wrong, "--json")
    assert done.status == 1
    assert json.loads(done.out)["error"] == "NonFiniteError"


def test_a_trial_says_that_it_is_one_and_unread_texts_are_named(typed, page, tmp_path):
    """Below the verdict, where people look: not only in the audit that went by before the training."""
    text = (tmp_path / "reviews.csv").read_text(encoding="utf-8").replace("film", "电影").replace("plot", "剧情很好")
    (tmp_path / "reviews.csv").write_text(text, encoding="utf-8")
    quality = "evaluation=[{kind: quality, resamples: 40, baselines: [majority]}]"
    out = typed("train", page, "training.max_steps=2", quality).out
    assert "Caution: Training was ended by training.max_steps after 2 steps, 0.42 of 3 epochs" in out
    assert "of all tokens are unknown to this model's tokenizer" in out


def test_outputs_that_are_not_finite_stop_the_validation(typed, page, tmp_path):
    """A traceback out of a metric names neither the rows nor a way out."""
    wrong = ["training.learning_rate=1e25", "training.max_grad_norm=null", "training.validate_every=1"]
    done = typed("train", page, *wrong)
    assert done.status == 1
    assert "not finite for 13 of 13 rows" in done.err and "reviews.csv:" in done.err
    assert "lower training.learning_rate" in done.err and "checkpoint is kept" in done.err


@pytest.mark.parametrize("method", ["full", "{kind: lora, rank: 2}", "{kind: freeze, layers: 1}"])
def test_no_library_warns_over_our_shoulder(typed, page, recwarn, method):
    """Warnings that the user can do nothing about teach to overlook the ones that matter."""
    assert typed("train", page, f"method={method}", "training.max_steps=1", "evaluation=[]").status == 0
    assert [str(warning.message) for warning in recwarn] == []
