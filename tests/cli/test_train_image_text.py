"""Pictures with texts as their user meets them: from a table to answers, a report, and code without tunewright."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_runs import TWELVE_STEPS, verified_in_process
from tiny_towers import noted_pictures, towers_folder

from tunewright import Run
from tunewright.cli.entry import main
from tunewright.errors import DataError
from tunewright.records import Audit, Quality, RunFolder, Verification, read_record

TITLE = "good story the"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe as `init` writes it for a table of pictures and titles, trained; its model opened in a new process."""
    home = tmp_path_factory.mktemp("notes")
    towers_folder(home / "clip")
    noted_pictures(home, 60)
    page = home / "notes.yaml"
    assert main(["init", str(home / "notes.csv"), "--model", "./clip", "--output", str(page)]) == 0
    probes = "evaluation=[{kind: quality, resamples: 40}, {kind: latency, calls: 2, seconds: 0.1}, memory]"
    options = ["data.test=40%", "data.inputs.fusion=cross", probes, f"output={home / 'run'}"]
    assert main(["train", str(page), *TWELVE_STEPS, *options]) == 0
    return home


def test_a_table_of_pictures_and_titles_becomes_a_model(home: Path) -> None:
    """Danger: a part of the way from a table to a report that works alone and not with the others."""
    run = RunFolder.open(home / "run")
    page = (home / "notes.yaml").read_text(encoding="utf-8")
    assert "inputs: {image: photo, text: title, crop: 0.8, flip: true, colour: 0.1, fusion: concat}" in page
    audit = read_record(run.audit, Audit)
    assert audit.inputs == {"image": "photo", "text": "title"}
    assert audit.sizes is not None and audit.sizes.maximum == 24
    assert audit.lengths is not None and (audit.lengths.limit, audit.lengths.maximum) == (24, 8)
    quality = read_record(run.evaluation("quality"), Quality)
    assert {metric.model for metric in quality.metrics} == {"tuned", "majority", "tfidf", "pixels", "probe"}
    checks = read_record(run.verification, Verification).checks
    assert [(check.name, check.passed) for check in checks] == [("save_load", True)]


def test_wrong_rows_are_shown_with_picture_and_text(home: Path) -> None:
    """Danger: a list of texts whose pictures, half of what was read, nobody sees."""
    quality = read_record(RunFolder.open(home / "run").evaluation("quality"), Quality)
    page = (home / "run" / "report.html").read_text(encoding="utf-8")
    assert quality.mistakes
    for mistake in quality.mistakes:
        assert mistake.picture.startswith("data:image/png;base64,")
        shown = page[page.index(mistake.picture) :]
        assert mistake.text in shown[: shown.index("</tr>")].replace("</span>", "")
    assert "What was read" in page and "pixels of the longer side" in page and "tokens in a row" in page


def test_answers_from_a_file_and_from_python_are_the_same(home: Path, typed: Callable[..., Any]) -> None:
    """Danger: rows from Python that are prepared in another way than those of a file."""
    done = typed("predict", home / "run", home / "notes.csv", "--json")
    rows = done.json["rows"]
    assert done.status == 0 and len(rows) == 60
    run = Run.open(home / "run")
    asked = [{"photo": str(home / row["photo"]), "title": row["title"]} for row in rows[:5]]
    told = run.predict(asked)
    assert [one.label for one in told] == [row["predicted_label"] for row in rows[:5]]
    pairs = run.predict([(one["photo"], one["title"]) for one in asked])
    assert [one.probability for one in pairs] == [one.probability for one in told]
    swapped = run.predict([{"photo": asked[0]["photo"], "title": asked[1]["title"]}])
    assert swapped[0].probability != told[0].probability
    with pytest.raises(DataError, match="title"):
        run.predict([{"photo": asked[0]["photo"]}])


def test_the_code_of_the_card_answers_as_the_run_does(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a model whose head nobody but this program can compute."""
    card = (home / "run" / "model" / "README.md").read_text(encoding="utf-8")
    assert "puts each picture with its text into one of 4 classes" in card
    assert "pipeline_tag" not in card and "type: other" in card
    plain = re.findall(r"```python\n(.*?)\n```", card, re.DOTALL)[0]
    monkeypatch.chdir(home)
    shown = plain.replace("path/to/model", "run/model").replace("picture.jpg", "photos/003.png")
    found: dict[str, torch.Tensor] = {}
    exec(shown.replace('"a text"', f'"{TITLE}"'), found)
    said = Run.open(home / "run").predict([{"photo": "photos/003.png", "title": TITLE}])[0]
    assert float(found["logits"].softmax(-1).max()) == pytest.approx(said.probability, abs=1e-5)


def test_rows_that_cannot_be_read_are_named(home: Path, typed: Callable[..., Any]) -> None:
    """Danger: a row that lacks one of the two, learned as if nothing were missing; two rows of one picture with two
    titles taken for the same, or one row that stands twice under two names of a file taken for two."""
    whole = (home / "photos" / "000.png").read_bytes()
    (home / "photos" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (home / "photos" / "twin.png").write_bytes(whole)
    lines = (home / "notes.csv").read_text(encoding="utf-8").splitlines()
    first = next(csv.DictReader(io.StringIO("\n".join(lines[:2]))))
    extra = [
        ("photos/cut.png", "good film", "red-up"),
        ("photos/gone.png", "good film", "red-up"),
        ("photos/001.png", "", "red-up"),
        ("photos/twin.png", first["title"], first["label"]),
        ("photos/twin.png", "story story story bad", first["label"]),
    ]
    table = "\n".join([*lines, *map(",".join, extra)]) + "\n"
    (home / "faulty.csv").write_text(table, encoding="utf-8")
    page = home / "notes.yaml"
    done = typed("train", page, *TWELVE_STEPS, "data.train=faulty.csv", f"output={home / 'faulty'}")
    assert done.status == 2
    for line, why in ((62, "holds no whole picture"), (63, "gone.png"), (64, "nothing in title")):
        assert f"faulty.csv:{line}" in done.err and why in done.err
    done = typed("check", page, "data.train=faulty.csv", "data.on_bad_row=skip", "--json")
    found = {finding["code"]: finding["count"] for finding in done.json["findings"]}
    assert done.status == 0
    assert (found["broken_media"], found["missing_file"], found["empty_input"], found["duplicate"]) == (1, 1, 1, 1)
    (home / "new.csv").write_text("photo,title\nphotos/001.png,\nphotos/002.png,good film\n", encoding="utf-8")
    done = typed("predict", home / "run", home / "new.csv")
    labels = [row["label"] for row in csv.DictReader(io.StringIO(done.out))]
    assert done.status == 0 and labels[0] == "" and labels[1] and "new.csv:2" in done.err
    (home / "new.csv").write_text("photo,title\nphotos/gone.png,good film\n", encoding="utf-8")
    done = typed("predict", home / "run", home / "new.csv")
    assert done.status == 2 and "new.csv:2" in done.err


@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("siglip", ["method={kind: lora, rank: 4}", "data.inputs.fusion=cross", "data.max_length=12"]),
        ("siglip", ["method={kind: freeze, layers: 2}", "task=multilabel"]),
        ("clip", ["task=regress", "data.target=price", "training.gradient_checkpointing=true"]),
    ],
)
def test_other_methods_tasks_and_towers(family: str, options: list[str], home: Path) -> None:
    """Danger: a head that is neither trained nor saved beside an adapter; a number that is not in its own unit."""
    if not (home / family).is_dir():
        towers_folder(home / family, family)
    lines = (home / "notes.csv").read_text(encoding="utf-8").splitlines()
    prices = [f"{line},{100 + 20 * ('good' in line) + row % 7}" for row, line in enumerate(lines[1:])]
    (home / "prices.csv").write_text("\n".join([f"{lines[0]},price", *prices]) + "\n", encoding="utf-8")
    output = home / f"{family}-{len(options[0])}"
    common = [*TWELVE_STEPS, "data.train=prices.csv", f"model=./{family}", "evaluation=[]", f"output={output}"]
    with verified_in_process():
        assert main(["train", str(home / "notes.yaml"), *common, *options]) == 0
    checks = read_record(RunFolder.open(output).verification, Verification).checks
    assert all(check.passed for check in checks)
    said = Run.open(output).predict([{"photo": str(home / "photos" / "001.png"), "title": TITLE}])[0]
    if "task=regress" in options:
        assert said.value is not None and 50 < said.value < 200


def test_a_model_of_one_sense_is_refused(home: Path, typed: Callable[..., Any]) -> None:
    """Danger: a model that would read the texts alone, and a picture that is passed over in silence."""
    done = typed("check", home / "notes.yaml", "model=sample://minilm")
    assert done.status == 2 and "two towers" in done.err and "google/siglip-base-patch16-224" in done.err
    done = typed("check", home / "notes.yaml", "data.on_long=window")
    assert done.status == 2 and "data.on_long" in done.err
    done = typed("train", home / "notes.yaml", "method=adapter", f"output={home / 'adapted'}")
    assert done.status == 2 and "method: lora" in done.err
