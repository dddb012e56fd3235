"""tunewright init"""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import tiny_model_folder
from tiny_runs import review_columns, write_csv


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a table of two columns and a model; the current one."""
    monkeypatch.chdir(tmp_path)
    columns = review_columns()
    write_csv(tmp_path / "reviews.csv", {"review": columns["review"], "mood": columns["mood"]})
    tiny_model_folder(tmp_path / "tiny")
    return tmp_path


def test_it_says_what_it_took_and_what_to_type_next(typed, here):
    """And the next command works as it is printed."""
    done = typed("init", "reviews.csv", "--model", "./tiny")
    assert done.status == 0
    assert "text: review" in done.out
    assert "target: mood" in done.out
    assert "Wrote reviews.yaml" in done.out
    command = next(line for line in done.out.splitlines() if "tunewright check" in line).split()[1:]
    assert typed(*command).status == 0


def test_a_page_that_is_there_is_not_written_over(typed, here):
    """Somebody's edits."""
    Path("reviews.yaml").write_text("# mine\n", encoding="utf-8")
    done = typed("init", "reviews.csv")
    assert (done.status, done.out) == (2, "")
    assert "reviews.yaml exists already; nothing was changed" in done.err
    assert Path("reviews.yaml").read_text(encoding="utf-8") == "# mine\n"
    assert typed("init", "reviews.csv", "-o", "other.yaml").status == 0
    assert Path("other.yaml").is_file()


def test_json(typed, here):
    """Where the page is, what was taken and why."""
    found = typed("init", "reviews.csv", "--json", "--target", "mood").json
    assert Path(found["recipe"]) == here / "reviews.yaml"
    assert found["guess"] == {"text": "review", "target": "mood", "task": "classify"}
    assert found["reasons"]["target"] == "given"


def test_cells_that_nothing_can_hold_are_texts(typed, here):
    """Danger: a traceback for one cell that looks like a list and holds a set in a set."""
    cells = [*review_columns()["review"][:20], "[{{0}}]", "{[1]: 2}"]
    write_csv(here / "odd.csv", {"note": cells, "mood": [*cells[::-1]]})
    assert typed("init", "odd.csv", "--model", "./tiny", "--text", "note", "--target", "mood").status == 0


def test_a_wrong_column_leaves_nothing_behind(typed, here):
    """The mended command must not find a page in its way."""
    done = typed("init", "reviews.csv", "--text", "reviw")
    assert done.status == 2
    assert "Did you mean 'review'?" in done.err
    assert not Path("reviews.yaml").exists()


@pytest.mark.parametrize("name", ["none.csv", "tiny/model.safetensors"])
def test_what_is_no_table(typed, here, name):
    """One message, status 2, no page."""
    done = typed("init", name)
    assert (done.status, done.out) == (2, "")
    assert list(here.glob("*.yaml")) == []


def test_a_folder_names_its_page(typed, here):
    """Even the current one, which is called `.`."""
    for index, (text, mood) in enumerate(zip(*list(review_columns(rows=40).values())[0:3:2], strict=True)):
        path = here / "texts" / mood / f"{index}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert typed("init", "texts").status == 0
    assert Path("texts.yaml").is_file()


def test_rows_at_fault_are_named_and_the_page_still_runs(typed, here):
    """A first recipe that fails at once on a ragged row, or one that loses rows without a word."""
    rows = Path("reviews.csv").read_text(encoding="utf-8").splitlines()
    rows[0] = "评论,mood"
    rows[1:1] = ["坏,happy,more", ",happy", "没有标签,"]
    Path("reviews.csv").write_bytes("\n".join(rows).replace(",", ";").encode("gb18030"))
    done = typed("init", "reviews.csv", "--model", "./tiny")
    assert done.status == 0
    assert "cells parted by a semicolon, gb18030; 64 rows to learn from" in done.out
    for word in ("reviews.csv:2 (3 cells instead of 2)", "reviews.csv:3", "reviews.csv:4", "data.encoding=NAME"):
        assert word in done.out
    page = Path("reviews.yaml").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if "on_bad_row: skip" in line)
    assert "3 rows at fault are left out" in line
    assert typed("check", "reviews.yaml").status == 0
    assert typed("train", "reviews.yaml", "training.max_steps=2", "evaluation=[]").status == 0


def test_nothing_is_skipped_where_nothing_is_at_fault(typed, here):
    """A page that skips by habit would hide the faults of tomorrow's file."""
    assert "utf-8; 64 rows to learn from" in typed("init", "reviews.csv").out
    assert "on_bad_row" not in Path("reviews.yaml").read_text(encoding="utf-8")


def test_faults_are_in_the_json_too(typed, here):
    """A program that sets up recipes must be able to stop here."""
    with Path("reviews.csv").open("a", encoding="utf-8") as stream:
        stream.write("one,two,three\n")
    found = typed("init", "reviews.csv", "--json").json
    assert (found["rows"], found["files"][0]["delimiter"], found["files"][0]["encoding"]) == (64, ",", "utf-8")
    assert [(f["code"], f["places"][0]["line"]) for f in found["findings"]] == [("ragged", 66)]


def test_a_model_that_cannot_read_the_texts_is_named_at_once(typed, here):
    """The comment on the page is read after the training, if at all."""
    rows = Path("reviews.csv").read_text(encoding="utf-8").replace("film", "电影很好看我很喜欢这部作品")
    Path("reviews.csv").write_text(rows.replace("the", "这个故事非常无聊不推荐大家看"), encoding="utf-8")
    assert "knows English alone" in typed("init", "reviews.csv").out


def test_the_sample_data_by_the_name_that_a_recipe_gives_it(typed, here):
    """A newcomer has no file yet, and has read of sample://tickets."""
    done = typed("init", "sample://tickets", "--model", "./tiny")
    assert done.status == 0 and "target: department" in done.out
    assert "train: sample://tickets" in Path("tickets.yaml").read_text(encoding="utf-8")
    assert typed("check", "tickets.yaml", "data.limit=200").status == 0
    assert "There are: sample://minilm, sample://tickets" in typed("init", "sample://ticket").err
