"""The recipe that `init` writes must run as it is, whatever files and columns are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_models import tiny_model_folder
from tiny_runs import review_columns, write_csv

from tunewright.data.reading import read
from tunewright.errors import DataError, UserError
from tunewright.pipeline.checking import check
from tunewright.pipeline.starter import starter
from tunewright.recipe import Recipe

ODD_NAMES = [
    "text: of the review", "# text", "text,", "{text}", "[text]", "'text'", '"text"', "text # 1", "- text", "text\nof",
    "no", "null", "true", "1", "007", "1e5", "~", "text ", " text", "評論 内容", "Đánh giá khách hàng", "text\\n", "<<",
    "*text", "!text", "%text", "@text", "`text`", "?", "text|", "=", "&text",
]  # fmt: skip


@pytest.fixture
def begun(tmp_path):
    """Writes the recipe for a file beside it, reads it back, and answers both."""
    if not (tmp_path / "tiny").exists():
        tiny_model_folder(tmp_path / "tiny")

    def begin(data: Path, page: str = "started.yaml", **said):
        given = {"text": None, "target": None, "task": None, "model": str(tmp_path / "tiny")} | said
        start = starter(data, page=tmp_path / page, **given)
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).write_text(start.text, encoding="utf-8")
        return start, Recipe.read(tmp_path / page)

    return begin


def two_columns(path: Path, text: str, target: str) -> Path:
    columns = review_columns()
    return write_csv(path, {text: columns["review"], target: columns["mood"]})


def test_the_recipe_runs_a_check_as_it_is(begun, tmp_path):
    """The first command of a new user, and the second one."""
    start, recipe = begun(two_columns(tmp_path / "reviews.csv", "review", "mood"))
    audit = check(recipe)
    assert audit.errors == ()
    assert (audit.task, audit.target, audit.inputs) == ("classify", "mood", {"text": "review"})
    assert start.guess == {"text": "review", "target": "mood", "task": "classify"}
    assert {"text", "target", "task"} <= set(start.reasons)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_columns_may_be_called_anything(begun, tmp_path, name):
    """A name that YAML reads as something else would be another column, or no page at all."""
    data = two_columns(tmp_path / "odd.csv", name, "mood")
    given = next(iter(read(data, role="train").columns))
    assert given.strip() == name.strip()
    _, recipe = begun(data, text=given, target="mood")
    assert check(recipe).inputs == {"text": given}
    data = write_csv(tmp_path / "odd.csv", {"words": review_columns()["review"], name: review_columns()["mood"]})
    _, recipe = begun(data, text="words", target=given)
    assert check(recipe).target == given


@pytest.mark.parametrize(
    "name",
    ["评论 数据.csv", "đánh giá.csv", "a b.csv", "a: b.csv", "#1.csv", "a'b.csv", "100%.csv", "a\nb.csv", "-.csv"],
)
def test_files_may_be_called_anything(begun, tmp_path, name):
    """The name stands in a comment and in a value; in both it must stay what it is."""
    data = write_csv(tmp_path / name, review_columns())
    _, recipe = begun(data, text="review", target="mood")
    assert recipe.data.train == name
    assert check(recipe).errors == ()


def test_a_folder_with_a_folder_a_class(begun, tmp_path):
    """The other common shape of labelled text."""
    columns = review_columns(rows=40)
    for index, (text, mood) in enumerate(zip(columns["review"], columns["mood"], strict=True)):
        path = tmp_path / "texts" / mood / f"{index}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    start, recipe = begun(tmp_path / "texts")
    audit = check(recipe)
    assert audit.errors == ()
    assert start.guess["task"] == "classify"
    assert sorted(count.label for count in audit.classes) == ["angry", "happy"]


@pytest.mark.parametrize("suffix", [".jsonl", ".tsv", ".json"])
def test_other_kinds_of_files(begun, tmp_path, suffix):
    """The same guess from the same rows."""
    columns = {name: cells for name, cells in review_columns().items() if name in ("review", "mood")}
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    path = tmp_path / f"rows{suffix}"
    if suffix == ".tsv":
        lines = ["\t".join(columns), *("\t".join(str(cell) for cell in row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        path.write_text(json.dumps(rows), encoding="utf-8")
    start, recipe = begun(path)
    assert start.guess == {"text": "review", "target": "mood", "task": "classify"}
    assert check(recipe).errors == ()


def test_the_page_may_stand_elsewhere(begun, tmp_path, monkeypatch):
    """The path of the data is relative to the page, so that both can be moved together."""
    data = write_csv(tmp_path / "reviews.csv", review_columns())
    monkeypatch.chdir(tmp_path)
    _, recipe = begun(Path("reviews.csv"), page="recipes/mine/first.yaml", model=str(tmp_path / "tiny"))
    assert recipe.data.train == "../../reviews.csv"
    monkeypatch.chdir("/")
    assert check(recipe).files[0].path == str(data)


@pytest.mark.parametrize(("target", "task"), [("mood", "classify"), ("marks", "multilabel"), ("stars", "regress")])
def test_the_task_follows_from_the_target(begun, tmp_path, target, task):
    """Each of them must pass the check of its own task."""
    data = write_csv(tmp_path / "reviews.csv", review_columns())
    start, recipe = begun(data, text="review", target=target)
    assert start.guess["task"] == recipe.task.kind == task
    assert check(recipe).errors == ()


def test_what_the_user_says_is_taken_and_called_given(begun, tmp_path):
    """And the task, even where another one would be guessed."""
    data = write_csv(tmp_path / "reviews.csv", review_columns())
    start, recipe = begun(data, text="place", target="stars", task="classify")
    assert start.guess == {"text": "place", "target": "stars", "task": "classify"}
    assert set(start.reasons.values()) == {"given"}
    assert recipe.task.kind == "classify"


def test_a_task_that_the_columns_do_not_fit_is_refused(begun, tmp_path):
    """Danger: a page that `init` writes and the next command refuses."""
    data = write_csv(tmp_path / "reviews.csv", review_columns())
    with pytest.raises(UserError, match="predicts no column"):
        begun(data, target="mood", task="masked")


@pytest.mark.parametrize(("option", "name"), [("text", "reviw"), ("target", "moood")])
def test_a_column_that_does_not_exist(begun, tmp_path, option, name):
    """By the option's name, with the near miss, before anything is written."""
    data = write_csv(tmp_path / "reviews.csv", review_columns())
    with pytest.raises(UserError, match=rf"--{option}: .*has no column {name!r}\. Did you mean"):
        begun(data, **{option: name})


def test_the_answer_cannot_be_read_too(begun, tmp_path):
    """A model that reads its own target is right every time, until it is used."""
    data = write_csv(tmp_path / "reviews.csv", review_columns())
    with pytest.raises(UserError, match="read its own answer"):
        begun(data, text="mood", target="mood")


def test_columns_that_tell_nothing_ask_for_help(begun, tmp_path):
    """The command to type, with the names of the options."""
    data = write_csv(tmp_path / "n.csv", {"a": list(range(40)), "b": list(range(40, 80))})
    with pytest.raises(UserError, match="--text COLUMN --target COLUMN"):
        begun(data)


def test_a_file_that_is_no_table(begun, tmp_path):
    """As `check` would say it."""
    for name, error in (("x.xlsx", UserError), ("x.csv", DataError)):
        (tmp_path / name).write_bytes(b"PK\x03\x04" + bytes(64))
        with pytest.raises(error, match="CSV"):
            begun(tmp_path / name)
    with pytest.raises(UserError, match="There is no file"):
        begun(tmp_path / "none.csv")


def test_texts_that_the_sample_model_cannot_read_are_told(tmp_path):
    """It knows English alone; on Chinese it would train, badly, and nobody would know why."""
    columns = review_columns()
    columns["review"] = [f"退款申请还没有处理，这是第{row}次催促了" for row in range(64)]
    data = write_csv(tmp_path / "zh.csv", columns)
    asked = {"text": "review", "target": "mood", "task": None, "page": tmp_path / "zh.yaml"}
    said = starter(data, model=None, **asked).text
    assert "model: hfl/chinese-macbert-base" in said.splitlines()[1]
    guessed = starter(data, model=None, **asked | {"text": None}).text
    assert "is 19 characters long on average, and differs" in guessed, "counted as a person counts them"
    assert "macbert" not in starter(data, model="./mine", **asked).text
    english = write_csv(tmp_path / "en.csv", review_columns())
    assert "knows English alone" not in starter(english, model=None, **asked).text


def test_few_rows_get_more_epochs(tmp_path):
    """Small data want steps: measured at .57 after 3 epochs of 128 rows, .80 after 10."""
    asked = {"text": "review", "target": "mood", "task": None, "model": None, "page": tmp_path / "a.yaml"}
    pages = [starter(write_csv(tmp_path / "a.csv", review_columns(rows)), **asked).text for rows in (64, 600, 2400)]
    epochs = [line.split("#")[0].strip() for page in pages for line in page.splitlines() if "epochs:" in line]
    assert epochs == ["epochs: 10", "epochs: 5", "epochs: 3"]


def test_every_value_has_its_reason_beside_it(begun, tmp_path):
    """The page is there to be edited by somebody who has never seen one."""
    start, _ = begun(write_csv(tmp_path / "reviews.csv", review_columns()))
    for field in ("model:", "validation:", "test:", "inputs:", "target:", "on_long:", "task:", "method:", "epochs:"):
        line = next(line for line in start.text.splitlines() if line.strip().startswith(field))
        assert "#" in line, line
