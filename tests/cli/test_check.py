"""tunewright check"""

from __future__ import annotations

import pytest
from tiny_runs import review_columns, write_csv


def test_sound_data_are_shown_with_their_cost(typed, page, tmp_path):
    """Sizes, classes, lengths, steps: what a person decides by before training."""
    done = typed("check", page)
    assert done.status == 0
    for word in ("reviews.csv", "train", "validation", "test", "happy", "angry", "15"):
        assert word in done.out
    assert not (tmp_path / "run").exists()


def test_rows_at_fault_end_in_status_2_with_file_and_line(typed, page, tmp_path):
    """A script that checks before it trains must stop here."""
    columns = review_columns()
    columns["mood"][3] = ""
    write_csv(tmp_path / "reviews.csv", columns)
    done = typed("check", page)
    assert done.status == 2
    assert "reviews.csv:5" in done.out
    assert "or type data.on_bad_row=skip" in done.out
    done = typed("check", page, "data.on_bad_row=skip")
    assert done.status == 0
    assert "reviews.csv:5" in done.out
    assert "Left out" in done.out and "or type data.on_bad_row=skip" not in done.out


def test_json_is_the_audit_and_nothing_else(typed, page, tmp_path):
    """With faults too, so that a program can list them."""
    assert typed("check", page, "--json").json["forecast"]["steps"] == 15
    columns = review_columns()
    columns["mood"][3] = ""
    write_csv(tmp_path / "reviews.csv", columns)
    done = typed("check", "--json", page)
    assert done.status == 2
    assert [f["code"] for f in done.json["findings"] if f["severity"] == "error"] == ["unlabelled"]


def test_a_tokenizer_of_another_model_is_refused_by_name(typed, page, tmp_path):
    """Copied beside the wrong weights, it crashes the first epoch, or a GPU, with a word about indices."""
    config = tmp_path / "tiny" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"vocab_size": 160', '"vocab_size": 100'), "utf-8")
    done = typed("check", page)
    assert (done.status, done.out) == (2, "")
    assert "The tokenizer of ./tiny belongs to another model" in done.err


def test_what_looks_the_same_or_missing_is_named_with_its_lines(typed, page, tmp_path):
    """`7` beside `007`, `NA` as a review: learned as they stand, without an error to be seen."""
    columns = review_columns()
    columns["mood"] = [("7" if mood == "happy" else "8") for mood in columns["mood"]]
    columns["mood"][9:12] = ["007" if mood == "7" else "8.0" for mood in columns["mood"][9:12]]
    columns["review"][4] = "NA"
    columns["review"][30] = "nan"
    write_csv(tmp_path / "reviews.csv", columns)
    done = typed("check", page, "data.test=null", "data.validation=null")
    assert done.status == 0
    assert "written differently" in done.out and " beside '" in done.out and "reviews.csv:11" in done.out
    assert "stands for a missing text" in done.out and "reviews.csv:6" in done.out and "reviews.csv:32" in done.out


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("trainig.epochs=5", ["trainig", "Did you mean 'training'"]),
        ("training.epoch=5", ["training.epoch", "Did you mean 'epochs'"]),
        ("training.epochs=many", ["training.epochs", "many"]),
        ("method=lorra", ["lorra", "Did you mean 'lora'"]),
        ("epochs", ["is not field=value"]),
        ("data.target=moood", ["moood", "mood"]),
    ],
)
def test_an_override_that_is_wrong_says_what_is_allowed(typed, page, override, words):
    """A typo that is passed over trains with the default."""
    done = typed("check", page, override)
    assert (done.status, done.out) == (2, "")
    for word in words:
        assert word in done.err


def test_an_override_that_is_right_is_taken(typed, page):
    """In any place on the line."""
    assert typed("check", "training.epochs=1", page).status == 2, "the first word is the recipe"
    assert typed("check", page, "training.epochs=1", "--json").json["forecast"]["steps"] == 5


def test_a_recipe_that_is_not_there(typed, tmp_path, monkeypatch):
    """With the recipes of that folder, and the command that writes one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text("model: x\n", encoding="utf-8")
    done = typed("check", "god.yaml")
    assert done.status == 2
    assert "good.yaml" in done.err
    assert "tunewright init" in done.err


def test_errors_are_json_too_when_asked(typed, page):
    """A program gets the problems one by one, with the message still on standard error for people."""
    done = typed("check", page, "training.epochs=0", "training.batch_size=0", "--json")
    assert done.status == 2
    assert done.json["error"] == "RecipeError"
    assert len(done.json["problems"]) == 2, "all problems at once"
    assert "training.epochs" in str(done.json["problems"])
    assert "training.epochs" in done.err
