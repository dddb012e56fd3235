"""A finished run in hand: what it predicts is what plain transformers predicts from its folder, row by row."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from tiny_runs import SHARED, review_columns
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import tunewright
from tunewright.errors import DataError, UserError, VerificationError
from tunewright.pipeline import Run
from tunewright.records import Verification, read_record

COLUMNS = review_columns(rows=40, seed=1)
TEXTS = COLUMNS["review"]


def rows_of(name: str) -> list:
    return list(zip(COLUMNS["place"], TEXTS, strict=True)) if name == "pair" else TEXTS


def plain_labels(run: Run, rows: list) -> list[str]:
    """What somebody without tunewright gets out of model/, with the recipe of the model card."""
    tokenizer = AutoTokenizer.from_pretrained(run.folder.model)
    model = AutoModelForSequenceClassification.from_pretrained(run.folder.model).eval()
    found = []
    with torch.inference_mode():
        for row in rows:
            texts = (row,) if isinstance(row, str) else row
            logits = model(**tokenizer(*texts, return_tensors="pt", truncation=True)).logits[0]
            names = model.config.id2label
            if model.config.problem_type == "multi_label_classification":
                found.append("|".join(names[i] for i, p in enumerate(logits.sigmoid().tolist()) if p >= 0.5))
            elif model.config.problem_type == "regression":
                found.append(f"{float(logits):.3f}")
            else:
                found.append(names[int(logits.argmax())])
    return found


@pytest.mark.parametrize("name", SHARED)
def test_plain_transformers_gives_the_same_labels(runs, name):
    """The model is handed over to people without tunewright: label order, merge and folding must be in the folder."""
    run, rows = runs(name), rows_of(name)
    predicted = run.predict(rows)
    ours = [f"{p.value:.3f}" if p.value is not None else p.label for p in predicted]
    theirs = plain_labels(run, rows)
    if name == "regress":
        assert [float(a) for a in ours] == pytest.approx([float(b) for b in theirs], abs=2e-3)
    else:
        assert ours == theirs
    assert len(set(ours)) > 1, "a model that always says the same agrees with anything"


@pytest.mark.parametrize("name", SHARED)
def test_every_kind_of_run_learns_what_there_is_to_learn(runs, name):
    """A pipeline that ends without error and has learned nothing is the failure that nobody sees."""
    predicted = runs(name).predict(rows_of(name))
    if name == "regress":
        close = sum(abs(p.value - truth) < 1.5 for p, truth in zip(predicted, COLUMNS["stars"], strict=True))
        assert close >= 30
    elif name == "multilabel":
        right = sum(
            ("praise" in p.label) == (mood == "happy") for p, mood in zip(predicted, COLUMNS["mood"], strict=True)
        )
        assert right >= 30
    else:
        assert sum(p.label == mood for p, mood in zip(predicted, COLUMNS["mood"], strict=True)) >= 30


@pytest.mark.parametrize("name", SHARED)
def test_the_saved_model_was_compared_in_a_new_process(runs, name):
    """Every run that is handed over has been opened from its folder, by plain transformers, and compared."""
    checks = {check.name: check for check in read_record(runs(name).folder.verification, Verification).checks}
    assert list(checks) == (["merge", "save_load"] if name in ("lora", "multilabel") else ["save_load"])
    for check in checks.values():
        assert check.passed
        assert check.rows == 24
        assert check.agreement == 1.0
        assert 0.0 <= check.max_difference <= check.tolerance <= 1e-3


def test_probabilities_belong_to_their_names(runs):
    """A label with the probability of another one is wrong in the one place where people look at the number."""
    for prediction in runs("full").predict(TEXTS):
        assert set(prediction.probabilities) == {"angry", "happy"}
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
        assert prediction.probability == max(prediction.probabilities.values())
        assert prediction.label == max(prediction.probabilities, key=prediction.probabilities.__getitem__)
        assert prediction.value is None


def test_several_labels_come_with_the_least_certain_decision(runs):
    """The mean over labels would hide the one that hangs in the balance."""
    for prediction in runs("multilabel").predict(TEXTS[:5]):
        certainties = [max(p, 1 - p) for p in prediction.probabilities.values()]
        assert prediction.probability == pytest.approx(min(certainties))


def test_a_number_has_a_value_and_no_probability(runs):
    """A probability of a price means nothing."""
    prediction = runs("regress").predict([TEXTS[0]])[0]
    assert prediction.probability is None
    assert prediction.probabilities == {}
    assert float(prediction.label) == pytest.approx(prediction.value, rel=1e-5)


def test_rows_come_back_in_their_order(runs):
    """Prediction sorts rows by length inside; each must find its way back."""
    run = runs("full")
    together = [p.probability for p in run.predict(TEXTS)]
    alone = [run.predict([text])[0].probability for text in TEXTS[:6]]
    assert together[:6] == pytest.approx(alone, abs=1e-5)
    backwards = [p.probability for p in run.predict(TEXTS[::-1])]
    assert backwards[::-1] == pytest.approx(together, abs=1e-6)


def test_rows_may_be_mappings_and_hold_more_than_is_read(runs):
    """Rows of a table carry other columns; they are left alone."""
    run = runs("full")
    mapped = run.predict([{"review": text, "id": "7"} for text in TEXTS[:3]])
    assert [p.label for p in mapped] == [p.label for p in run.predict(TEXTS[:3])]


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("full", {"reviw": "good"}, "lacks the column 'review'"),
        ("full", ("good", "bad"), "row 2"),
        ("full", None, "row 2"),
        ("full", 7, "row 2"),
        ("pair", "good", "('place', 'review')"),
        ("pair", ("red", "good", "blue"), "('place', 'review')"),
        ("pair", {"place": "red"}, "lacks the column 'review'"),
    ],
)
def test_a_row_that_does_not_fit_is_named(runs, name, row, words):
    """A third text dropped without a word, or half a pair filled with nothing, is labelled all the same."""
    good = ("red", "good") if name == "pair" else "good"
    with pytest.raises(DataError) as caught:
        runs(name).predict([good, row])
    assert words in str(caught.value)
    assert "row 2" in str(caught.value)


def test_one_text_without_a_list_is_not_taken_letter_by_letter(runs):
    """`predict("good")` would label g, o, o, d."""
    with pytest.raises(UserError, match=r"run\.predict\(\[text\]\)"):
        runs("full").predict("good")


def test_no_rows_give_no_predictions(runs):
    """The empty file at the end of a nightly job."""
    assert runs("full").predict([]) == []


def test_the_python_interface_of_the_readme(runs):
    """The public names, from one place, lazily loaded."""
    run = tunewright.Run.open(runs("full").folder.path)
    assert repr(run).startswith("Run('")
    assert run.predict(["good great fine"])[0].label == "happy"
    assert run.report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run.quality.metric("accuracy") is not None
    assert run.audit.target == "mood"
    assert run.recipe.training.epochs == 6
    assert isinstance(run.recipe, tunewright.Recipe)
    with pytest.raises(AttributeError, match="no attribute 'predicct'"):
        _ = tunewright.predicct


def test_a_missing_report_is_written(runs, tmp_path):
    """`run.report` promises a file."""
    folder = runs.copy("full", tmp_path / "run")
    (folder / "report.html").unlink()
    assert Run.open(folder).report.is_file()


def test_a_folder_that_is_no_run(tmp_path):
    """The message leads on to the runs beside it."""
    with pytest.raises(UserError, match="There is no run"):
        Run.open(tmp_path / "nothing")
    with pytest.raises(UserError, match=r"holds no run: it has no recipe\.yaml"):
        Run.open(tmp_path)


@pytest.mark.parametrize("missing", ["model", "evaluation/verification.json"])
def test_a_run_that_is_not_finished_is_not_opened(runs, tmp_path, missing):
    """Killed between writing and verifying, the model is there but nobody has looked at it."""
    folder = runs.copy("freeze", tmp_path / "run")
    path = folder / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(UserError, match=r"is not finished.\n.*--resume"):
        Run.open(folder)


def test_a_model_that_failed_its_verification_is_not_opened(runs, tmp_path):
    """It would answer, plausibly and wrongly."""
    folder = runs.copy("freeze", tmp_path / "run")
    path = folder / "evaluation" / "verification.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["checks"][0]["passed"] = False
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(VerificationError, match="failed the check save_load"):
        Run.open(folder)
