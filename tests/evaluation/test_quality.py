from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from tunewright import records
from tunewright.evaluation.quality import Quality

QUICK = {"resamples": 60}


def test_classification_from_end_to_end(subject, tmp_path) -> None:
    """The record is what report, verdict and other programs rest on: each piece must be there, and agree."""
    said = []
    object.__setattr__(subject, "report_progress", said.append)
    found = Quality(**QUICK, mistakes=5).measure(subject)
    assert found.primary == "accuracy"
    models = dict.fromkeys((metric.model, metric.split) for metric in found.metrics)
    assert list(models) == [
        ("tuned", "test"), ("majority", "test"), ("tfidf", "test"), ("probe", "test"), ("tuned", "validation"),
    ]  # fmt: skip
    assert [metric.n for metric in found.metrics if metric.name == "log_loss"] == [80, 80, 80, 80, 40]
    for comparison in found.comparisons:
        tuned, other = found.metric("accuracy"), found.metric("accuracy", comparison.baseline)
        assert comparison.difference == pytest.approx(tuned.value - other.value)
        assert comparison.low <= comparison.difference <= comparison.high
    right = sum(found.confusion.counts[index][index] for index in range(2))
    assert right / 80 == pytest.approx(found.metric("accuracy").value)
    assert sum(quality.support for quality in found.classes) == 80
    assert len(found.mistakes) == 5 and found.scatter == ()
    assert found.metric("accuracy", "tfidf").value > 0.95 > found.metric("accuracy", "majority").value
    assert said[0] == "Measuring quality on 80 test rows" and len(said) == 4
    path = records.write_record(tmp_path / "quality.json", found)
    assert records.read_record(path, records.Quality) == found


@pytest.mark.parametrize("task", ["multilabel", "regress"])
def test_other_tasks_from_end_to_end(make_subject, task, tmp_path, reviews) -> None:
    """What holds for classes may break where scores have another shape."""
    texts, labels = reviews(120, 0)
    if task == "multilabel":
        cells = [f"{label}|long" if len(text.split()) > 7 else label for text, label in zip(texts, labels, strict=True)]
    else:
        cells = [str(2.5 if label == "positive" else -1.0) for label in labels]
    train, test = (texts[:80], cells[:80]), (texts[80:], cells[80:])
    subject = make_subject(task, train, None, test)
    found = Quality(**QUICK).measure(subject)
    primary = subject.task.primary
    better = {c.baseline: c.difference for c in found.comparisons}
    assert set(better) == {"majority", "tfidf", "probe"}
    assert better["tfidf"] < 0, "a random model beats one that has learned to read"
    sign = 1 if subject.task.metric_info[primary].higher_is_better else -1
    tuned, other = found.metric(primary).value, found.metric(primary, "tfidf").value
    assert better["tfidf"] == pytest.approx(sign * (tuned - other))
    assert bool(found.classes) == (task == "multilabel") and bool(found.scatter) == (task == "regress")
    path = records.write_record(tmp_path / "quality.json", found)
    back = records.read_record(path, records.Quality)
    assert back.metric(primary) == found.metric(primary)
    if task == "regress":
        assert np.isnan(back.metric("pearson", "majority").value)


def test_measured_on_validation_says_so_and_once(make_subject, reviews) -> None:
    """Validation rows measured twice, or as if they were test rows, flatter the model without a word."""
    subject = make_subject("classify", reviews(60, 0), reviews(30, 1), None)
    found = Quality(**QUICK, baselines=["majority"]).measure(subject)
    assert {metric.split for metric in found.metrics} == {"validation"}
    assert len([m for m in found.metrics if m.name == "accuracy" and m.model == "tuned"]) == 1
    assert any("no test rows" in note and "validation" in note for note in found.notes)


def test_baselines_and_mistakes_can_be_left_out(subject) -> None:
    """Whoever may not keep texts, or has no time for baselines, must be obeyed."""
    found = Quality(**QUICK, baselines=(), mistakes=0).measure(subject)
    assert {metric.model for metric in found.metrics} == {"tuned"}
    assert found.comparisons == () and found.mistakes == ()


def test_one_class_leaves_baselines_out_with_a_word(make_subject) -> None:
    """A single class stops every linear model: the tuned model's figures must come all the same."""
    rows = (["good film", "bad film", "fine plot"], ["a", "a", "a"])
    found = Quality(**QUICK).measure(make_subject("classify", rows, None, rows))
    assert {metric.model for metric in found.metrics} == {"tuned", "majority"}
    assert [note for note in found.notes if note.startswith("Baseline tfidf: left out")]
    assert [note for note in found.notes if note.startswith("Baseline probe: left out")]
    assert any(note.startswith("roc_auc has no value here: it needs two classes") for note in found.notes)


def test_perfect_rows_are_not_certain(make_subject) -> None:
    """Ten rows of ten right draw an interval from 100% to 100%, as if the next could not be wrong."""
    rows = (["good film"] * 10, ["a"] * 10)
    found = Quality(**QUICK, baselines=()).measure(make_subject("classify", rows, None, rows))
    assert found.metric("accuracy").value == 1
    assert any("rule of three" in note and "more than 70.0% of such rows" in note for note in found.notes)


def test_labels_without_rows_are_named(make_subject) -> None:
    """A class that no test row has looks like one that was measured."""
    train = (["good film", "bad film", "fine plot"], ["a", "b", "c"])
    found = Quality(**QUICK, baselines=()).measure(make_subject("classify", train, None, (["good"], ["b"])))
    assert any("the label a, c: of 2 of 3 labels" in note for note in found.notes)
    cells = (["good", "bad"], ["a|b", "a"])
    subject = make_subject("multilabel", cells, None, (["good"], ["a"]))
    assert any("the label b" in note for note in Quality(**QUICK, baselines=()).measure(subject).notes)


def test_fewer_draws_and_a_missing_matrix_are_said(subject, monkeypatch) -> None:
    """Less evidence than was asked for, in silence, is a claim that was not checked."""
    monkeypatch.setattr("tunewright.evaluation.measured.MOST_SUMS", 1)
    monkeypatch.setattr("tunewright.evaluation.details.MOST_CONFUSED", 1)
    notes = Quality(resamples=150, baselines=()).measure(subject).notes
    assert any("100 bootstrap draws instead of 150" in note for note in notes)
    assert any("No confusion matrix" in note for note in notes)


def test_same_seed_same_record(subject) -> None:
    """Intervals that change from run to run cannot be checked by anybody."""
    quality = Quality(**QUICK, baselines=("majority", "tfidf"))
    assert quality.measure(subject) == quality.measure(subject)


def test_measuring_changes_nothing(subject) -> None:
    """A probe that leaves the model in training mode, or draws from torch's generator, spoils what comes after it."""
    torch.manual_seed(3)
    before = torch.get_rng_state().clone()
    weights = {name: tensor.clone() for name, tensor in subject.model.state_dict().items()}
    threads = torch.get_num_threads()
    Quality(**QUICK).measure(subject)
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(tensor, weights[name]) for name, tensor in subject.model.state_dict().items())
    assert not subject.model.training and torch.get_num_threads() == threads


@pytest.mark.parametrize("wrong", [{"resamples": 10}, {"baselines": ["bm25"]}, {"mistakes": -1}, {"draws": 5}])
def test_refuses_wrong_knobs(wrong) -> None:
    """Two draws make an interval as confidently as a thousand."""
    with pytest.raises(ValidationError):
        Quality(**wrong)


def test_reading_a_recipe_does_not_import_what_only_baselines_need() -> None:
    """scikit-learn (and pandas behind it) takes a second to import; every training would start that much later."""
    code = (
        "import sys; from tunewright.recipe import catalog; catalog.load('probe', 'quality')();"
        "sys.exit(', '.join({'sklearn', 'pandas', 'peft'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
