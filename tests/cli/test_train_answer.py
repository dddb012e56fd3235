"""Question answering as its user does it: SQuAD's file or a table, init, check, train, evaluate, predict, report."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import tiny_model_folder
from tiny_runs import FILLING, verified_in_process

from tunewright.pipeline import Run

COLOURS = ("red", "green", "blue")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
SMALL = [
    "training.epochs=9", "training.batch_size=8", "training.learning_rate=5e-3", "training.precision=fp32",
    "training.threads=1",
    "evaluation=[{kind: quality, resamples: 40}, {kind: latency, batch_sizes: [2], calls: 2}, memory]",
]  # fmt: skip


def questions(rows: int, seed: int, bare: float = 0.0) -> list[tuple[str, str, tuple[int, str] | None]]:
    """Question, context, answer: the number that stands in the context, or a share without any."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        words = [str(word) for word in draw.choice(FILLING, int(draw.integers(4, 14)))]
        at = int(draw.integers(len(words)))
        answered = draw.random() >= bare
        answer = f"{draw.choice(NUMBERS[:4])} {draw.choice(NUMBERS[4:])}"
        if answered:
            words[at] = answer
        context = " ".join(words)
        found.append(("was it long", context, (context.index(answer), answer) if answered else None))
    return found


def write_squad(path: Path, rows: list[tuple[str, str, Any]]) -> None:
    """SQuAD 2.0, two questions an article."""
    articles = []
    for start in range(0, len(rows), 2):
        paragraphs = []
        for question, context, answer in rows[start : start + 2]:
            answers = [{"text": answer[1], "answer_start": answer[0]}] if answer else []
            asked = {"id": f"q{start}", "question": question, "answers": answers, "is_impossible": not answer}
            paragraphs.append({"context": context, "qas": [asked]})
        articles.append({"title": f"t{start}", "paragraphs": paragraphs})
    path.write_text(json.dumps({"version": "v2.0", "data": articles}), encoding="utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_model_folder(tmp_path / "tiny")
    return tmp_path


def test_from_squad_to_predictions(typed, here):
    """Danger: every part is right and they do not fit: what a user types stops half-way."""
    write_squad(here / "asked.json", questions(140, 0, bare=0.3))
    write_squad(here / "test.json", questions(30, 1, bare=0.3))
    assert typed("init", "asked.json", "--model", "./tiny").status == 0
    page = Path("asked.yaml").read_text(encoding="utf-8")
    for line in ("{question: question, context: context}", "task: answer", "on_long: window", "group: title"):
        assert line in page
    windows = ["data.test=test.json", "data.max_length=14", "data.overlap=4"]
    checked = typed("check", "asked.yaml", *windows, "--json").json
    assert not [one for one in checked["findings"] if one["severity"] == "error"]
    assert [one["code"] for one in checked["findings"] if one["code"] == "windows"]
    assert checked["lengths"]["tokens_lost"] == 0
    cut = typed("check", "asked.yaml", "data.max_length=12", "data.on_long=cut", "--json").json
    (unread,) = [one for one in cut["findings"] if one["code"] == "unread_answers"]
    assert unread["severity"] == "warning" and unread["places"]
    done = typed("train", "asked.yaml", *windows, *SMALL)
    assert done.status == 0, done.err
    run = Run.open("runs/asked")
    f1, em = run.quality.metric("f1"), run.quality.metric("em")
    assert em.value > 0.8, "the answer is told by its words: even a tiny model learns it"
    assert f1.low <= f1.value <= f1.high
    assert f1.value > 0.3 + max(run.quality.metric("f1", name).value for name in ("sentence", "silence"))
    assert run.quality.metric("answered").value > 0.8
    verification = json.loads(Path("runs/asked/evaluation/verification.json").read_text(encoding="utf-8"))
    assert all(check["passed"] for check in verification["checks"])
    report = Path("runs/asked/report.html").read_text(encoding="utf-8")
    assert "Most similar sentence" in report and "Exact match" in report
    card = Path("runs/asked/model/README.md").read_text(encoding="utf-8")
    assert "question-answering" in card and "AutoModelForQuestionAnswering" in card
    assert typed("evaluate", "runs/asked", "evaluation=[quality]").status == 0
    assert Run.open("runs/asked").quality.metric("f1").value == pytest.approx(f1.value, abs=1e-6)

    context = "the film was a story and the plot is very " * 2 + "one five and the music"
    rows = [("was it long", context), ("was it long", "the film was a story"), ("was it long", "")]
    lines = "\n".join(json.dumps({"question": q, "context": c}) for q, c in rows)
    said = typed("predict", "runs/asked", "-", stdin=lines.encode())
    first, second, third = csv.DictReader(said.out.splitlines())
    assert (first["answer"], context[int(first["start"]) : int(first["end"])]) == ("one five", "one five")
    assert 0.3 < float(first["probability"]) <= 1.0
    assert (second["answer"], second["start"]) == ("", "")
    assert third["probability"] == "" and "no text to read" in said.err
    assert typed("predict", "runs/asked", "test.json", "--output", "out.jsonl").status == 0
    out = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(out) == 30
    assert all(row["context"][row["start"] : row["end"]] == row["answer"] for row in out if row["answer"])
    assert run.predict([rows[0]])[0].label == "one five"

    endless = [("was it long", context), ("", ""), ("was it long " * 20, context)]
    Path("endless.jsonl").write_text(
        "".join(json.dumps({"question": q, "context": c}) + "\n" for q, c in endless), encoding="utf-8"
    )
    said = typed("predict", "runs/asked", "endless.jsonl")
    assert (said.status, said.out) == (2, "")
    assert "endless.jsonl:3" in said.err and "has a question of" in said.err and "row 2" not in said.err


def test_from_a_table_with_lora(typed, here):
    """Danger: places of a csv column are lost on the way; a model that never saw silence is silent."""
    with Path("asked.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["question", "passage", "answer", "answer_start"])
        writer.writerows([q, c, a[1], a[0]] for q, c, a in questions(90, 0))
    assert typed("init", "asked.csv", "--model", "./tiny").status == 0
    assert "{question: question, context: passage}" in Path("asked.yaml").read_text(encoding="utf-8")
    lora = ["method={kind: lora, rank: 4}", "training.learning_rate=1e-2", "training.epochs=6"]
    with verified_in_process():
        done = typed("train", "asked.yaml", *SMALL, *lora, "evaluation=[quality]")
    assert done.status == 0, done.err
    run = Run.open("runs/asked")
    assert run.quality.metric("f1").value > run.quality.metric("f1", "sentence").value
    assert run.quality.metric("f1", "silence") is None
    assert run.predict([("was it long", "the film was a story")])[0].label != ""


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"answers": [{"text": "film", "answer_start": 5}]}, "stands at 6"),
        ({"answers": [{"text": "film", "answer_start": 99}]}, "outside the context"),
        ({"context": " "}, "nothing in context"),
        ({"answers": []}, "is said to have one"),
        ({"answers": None}, "no label"),
    ],
)
def test_wrong_answers_are_refused_with_their_row(typed, here, bad, said):
    """Danger: a wrong place is learned as it is, and the rest of the file hides it."""
    rows = [
        {"question": f"which {n}", "context": f"a {n:03} film", "answers": [{"text": "film", "answer_start": 6}],
         "is_impossible": False}
        for n in range(40)
    ]  # fmt: skip
    rows.append(rows[0] | {"question": "what"} | bad)
    Path("q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    Path("q.yaml").write_text(
        "model: ./tiny\ndata: {train: q.jsonl, inputs: {question: question, context: context}, target: answers}\n"
        "task: answer\n",
        encoding="utf-8",
    )
    done = typed("train", "q.yaml", "training.max_steps=1")
    assert done.status == 2
    assert "q.jsonl:41" in done.err
    assert said in done.err
    assert not Path("runs/q/recipe.yaml").exists()
    if bad.get("context") is None:
        audit = typed("check", "q.yaml", "data.on_bad_row=skip", "--json").json
        assert sum(split["rows"] for split in audit["splits"]) == 40


def test_a_question_without_room_is_named(typed, here):
    """Danger: a question that is cut in silence, or a traceback from the tokenizer."""
    rows = [(f"was {n}", f"the film {n:02} good", (12, "good")) for n in range(30)]
    rows.insert(7, (" ".join(["was"] * 90), "the film was " + "very " * 30 + "good", (163, "good")))
    write_squad(here / "q.json", rows)
    Path("q.yaml").write_text(
        "model: ./tiny\ndata: {train: q.json, inputs: {question: question, context: context}, target: answers}\n"
        "task: answer\n",
        encoding="utf-8",
    )
    done = typed("check", "q.yaml")
    assert done.status == 2
    assert "q.json:8" in done.err and "has a question of 90 tokens" in done.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data.inputs={text: question, pair: context}", "looks for places in a context"),
        ("task=tag", "labels the words of one text"),
        ("task.loss=cross_entropy", "cannot learn the targets of answer"),
    ],
)
def test_what_does_not_go_together_is_said(typed, here, change, said):
    """Danger: a recipe that is read as something else than it says."""
    write_squad(here / "q.json", questions(30, 0))
    Path("q.yaml").write_text(
        "model: ./tiny\ndata: {train: q.json, inputs: {question: question, context: context}, target: answers}\n"
        "task: answer\n",
        encoding="utf-8",
    )
    done = typed("check", "q.yaml", change)
    assert done.status == 2
    assert said in done.err
