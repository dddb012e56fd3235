"""Tagging as its user does it: a tagged file, init, check, train, evaluate, predict, report."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tiny_models import tiny_model_folder
from tiny_runs import BAD, FILLING, GOOD, verified_in_process

from tunewright.pipeline import Run

SMALL = [
    "training.epochs=12", "training.batch_size=8", "training.learning_rate=5e-3", "training.precision=fp32",
    "training.threads=1",
    "evaluation=[{kind: quality, resamples: 40}, {kind: latency, batch_sizes: [2], calls: 3}, memory]",
]  # fmt: skip


def sentences(rows: int, seed: int) -> list[list[tuple[str, str]]]:
    """Words of praise and of blame among others; each word has one tag, so that a tiny model can learn them."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        sentence: list[tuple[str, str]] = []
        for _ in range(int(draw.integers(2, 5))):
            sentence += [(str(word), "O") for word in draw.choice(FILLING, int(draw.integers(1, 4)))]
            kind, words = ("PRAISE", GOOD) if draw.random() < 0.5 else ("BLAME", BAD)
            sentence.append((str(draw.choice(words[:3])), f"B-{kind}"))
            if draw.random() < 0.5:
                sentence.append((str(draw.choice(words[3:])), f"I-{kind}"))
        found.append(sentence)
    return found


def write_conll(path: Path, rows: int, seed: int) -> None:
    blocks = ["\n".join(f"{word}\t{tag}" for word, tag in sentence) for sentence in sentences(rows, seed)]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def write_spans(path: Path, rows: int, seed: int) -> None:
    lines = []
    for sentence in sentences(rows, seed):
        text, entities = "", []
        for word, tag in sentence:
            start = len(text) + bool(text)
            text = f"{text} {word}".strip()
            if tag.startswith("B"):
                entities.append({"start": start, "end": len(text), "label": tag[2:]})
            elif tag.startswith("I"):
                entities[-1]["end"] = len(text)
        lines.append(json.dumps({"text": text, "entities": entities}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_model_folder(tmp_path / "tiny")
    return tmp_path


def test_from_a_tagged_file_to_predictions(typed, here):
    """Danger: every part is right and they do not fit: what a user types stops half-way."""
    write_conll(here / "words.conll", 100, 0)
    write_conll(here / "test.conll", 24, 1)
    assert typed("init", "words.conll", "--model", "./tiny").status == 0
    page = Path("words.yaml").read_text(encoding="utf-8")
    assert "tokens: tokens" in page and "task: tag" in page and "on_long: window" in page
    checked = typed("check", "words.yaml", "data.test=test.conll", "--json").json
    assert {one["label"] for one in checked["classes"]} == {"PRAISE", "BLAME"}
    assert any(one["code"] == "tag_scheme" for one in checked["findings"])
    done = typed("train", "words.yaml", "data.test=test.conll", "data.max_length=12", "data.overlap=4", *SMALL)
    assert done.status == 0, done.err
    run = Run.open("runs/words")
    f1 = run.quality.metric("f1")
    assert f1.value > 0.8, "a word is known by itself: even a tiny model learns it"
    assert f1.low <= f1.value <= f1.high
    assert {one.label for one in run.quality.classes} == {"PRAISE", "BLAME"}
    assert run.quality.metric("f1", "dictionary") is not None
    assert run.quality.confusion.labels == ("BLAME", "PRAISE", "other ends", "nothing")
    assert any(one.code == "windows" for one in run.audit.findings)
    verification = json.loads(Path("runs/words/evaluation/verification.json").read_text(encoding="utf-8"))
    assert all(check["passed"] for check in verification["checks"])
    report = Path("runs/words/report.html").read_text(encoding="utf-8")
    assert "Dictionary of words" in report and "entities are right" in report
    card = Path("runs/words/model/README.md").read_text(encoding="utf-8")
    assert "token-classification" in card and "AutoModelForTokenClassification" in card

    assert typed("evaluate", "runs/words", "evaluation=[quality]").status == 0
    assert Run.open("runs/words").quality.metric("f1").value == pytest.approx(f1.value, abs=1e-6)

    text = "the plot was good superb and the actor was awful " * 4
    said = typed("predict", "runs/words", "-", stdin=text.encode())
    row = next(csv.DictReader(said.out.splitlines()))
    entities = json.loads(row["entities"])
    assert len(entities) == 8, "through windows, none lost and none twice"
    for one in entities:
        assert text[one["start"] : one["end"]] == one["text"]
    assert {(one["text"], one["label"]) for one in entities} == {("good superb", "PRAISE"), ("awful", "BLAME")}
    assert typed("predict", "runs/words", "test.conll", "--output", "out.jsonl").status == 0
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 24
    assert all(row["text"][e["start"] : e["end"]] == e["text"] for row in rows for e in row["entities"])


def test_from_places_in_a_text(typed, here):
    """Danger: places given in characters are shifted by one word, one byte or one window; with LoRA, too."""
    write_spans(here / "texts.jsonl", 100, 0)
    assert typed("init", "texts.jsonl", "--model", "./tiny").status == 0
    assert "text: text" in Path("texts.yaml").read_text(encoding="utf-8")
    lora = ["method={kind: lora, rank: 4}", "training.learning_rate=1e-2"]
    with verified_in_process():
        done = typed("train", "texts.yaml", *SMALL, *lora, "evaluation=[quality]")
    assert done.status == 0, done.err
    run = Run.open("runs/texts")
    assert run.quality.metric("f1").value > 0.7
    found = run.predict(["the film was great"])[0].entities
    assert [(one.start, one.end, one.label) for one in found] == [(13, 18, "PRAISE")]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['{"text": "a film", "entities": [[0, 3, "x"], [2, 6, "x"]]}'], "overlapping"),
        (['{"text": "a film", "entities": [[2, 60, "x"]]}'], "lies outside the text"),
        (['{"text": "a film", "entities": null}'], "no label"),
        (['{"text": "a film", "entities": [{"start": 2, "end": 5, "label": "x", "text": "film"}]}'], "one short"),
    ],
)
def test_wrong_places_are_refused_with_their_line(typed, here, lines, said):
    """Danger: a wrong place is learned as it is, and the rest of the file hides it."""
    good = [f'{{"text": "the film {n}", "entities": [[4, 8, "x"]]}}' for n in range(40)]
    Path("t.jsonl").write_text("\n".join([*good, *lines]) + "\n", encoding="utf-8")
    Path("t.yaml").write_text(
        "model: ./tiny\ndata: {train: t.jsonl, inputs: {text: text}, target: entities}\ntask: tag\n", encoding="utf-8"
    )
    done = typed("train", "t.yaml", "training.max_steps=1")
    assert done.status == 2
    assert "t.jsonl:41" in done.err
    assert said in done.err
    assert not Path("runs/t/recipe.yaml").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data.inputs={text: text, pair: other}", "labels the words of one text"),
        ("task.loss=mse", "cannot learn the targets"),
    ],
)
def test_choices_that_do_not_fit_are_refused(typed, here, change, said):
    """Danger: two texts with one row of tags, or a loss of numbers for words."""
    Path("t.jsonl").write_text('{"text": "a film", "other": "b", "entities": [[2, 6, "x"]]}\n' * 3, encoding="utf-8")
    Path("t.yaml").write_text(
        "model: ./tiny\ndata: {train: t.jsonl, inputs: {text: text}, target: entities}\ntask: {kind: tag}\n",
        encoding="utf-8",
    )
    done = typed("check", "t.yaml", change)
    assert done.status == 2
    assert said in done.err
