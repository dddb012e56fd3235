"""Pairs of texts as their user compares them: a file, init, check, train, evaluate, predict, report, other tools."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from tiny_models import tiny_model_folder
from tiny_runs import BAD, FILLING, GOOD, verified_in_process, write_csv
from transformers import AutoModel, AutoTokenizer

from tunewright.models.source import quiet_transformers
from tunewright.pipeline import Run
from tunewright.records import read_journal

SMALL = [
    "training.epochs=6", "training.batch_size=16", "training.learning_rate=5e-3", "training.precision=fp32",
    "training.threads=1",
    "evaluation=[{kind: quality, resamples: 40}, {kind: latency, batch_sizes: [2], calls: 3}, memory]",
]  # fmt: skip

QUICK = ["training.max_steps=3", "evaluation=[{kind: quality, resamples: 40}]"]


def compared(rows: int, seed: int) -> dict[str, list]:
    """Two sentences each, alike in mood and in their last words or not, and a number that says so."""
    draw = np.random.default_rng(seed)
    columns: dict[str, list] = {"sentence1": [], "sentence2": [], "score": []}
    for _ in range(rows):
        mood = draw.choice(["good", "bad"])
        other = mood if draw.random() < 0.5 else {"good": "bad", "bad": "good"}[mood]
        shared = list(draw.choice(FILLING, 4, replace=False))
        # the words of praise and blame of the two sentences differ, so that counting words in common tells nothing
        for name, said, part in (("sentence1", mood, slice(0, 2)), ("sentence2", other, slice(2, 5))):
            words = [*draw.choice((GOOD if said == "good" else BAD)[part], 2, replace=False), *draw.permutation(shared)]
            columns[name].append(" ".join(map(str, words)))
        columns["score"].append(round(4.0 * (mood == other) + float(draw.uniform(0, 0.9)), 2))
    return columns


def write_pairs(here: Path) -> list[str]:
    """`pairs.csv` with a number, `matches.csv` with pairs that belong together; gives some of the texts."""
    tiny_model_folder(here / "tiny")
    both = compared(160, 0)
    write_csv(here / "pairs.csv", both)
    kept = [row for row, score in enumerate(both["score"]) if score >= 4]
    columns = {"query": "sentence1", "passage": "sentence2"}
    write_csv(here / "matches.csv", {name: [both[of][row] for row in kept] for name, of in columns.items()})
    return both["sentence1"][:6]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def by_transformers(folder: Path, texts: list[str]) -> np.ndarray:
    """Vectors as the card says that plain transformers makes them."""
    with quiet_transformers():
        model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**batch)[0]
    mask = batch["attention_mask"][..., None]
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1).numpy()


def test_how_alike_two_texts_are(typed, here):
    """Danger: every part is right and they do not fit; or another tool reads the saved model as something else."""
    texts = write_pairs(here)
    assert typed("init", "pairs.csv", "--model", "./tiny").status == 0
    page = Path("pairs.yaml").read_text(encoding="utf-8")
    assert "task: similarity" in page and "text: sentence1, pair: sentence2" in page and "target: score" in page
    assert typed("check", "pairs.yaml").status == 0
    done = typed("train", "pairs.yaml", *SMALL)
    assert done.status == 0, done.err
    run = Run.open("runs/pairs")
    spearman = run.quality.metric("spearman")
    assert spearman.value > 0.6 and spearman.value > run.quality.metric("spearman", "overlap").value + 0.2
    assert run.quality.metric("spearman", "pretrained") is not None
    assert len(run.quality.scatter) == spearman.n
    report = Path("runs/pairs/report.html").read_text(encoding="utf-8")
    assert "Pretrained model, untouched" in report and "the farthest off first" in report
    assert "SentenceTransformer" in Path("runs/pairs/model/README.md").read_text(encoding="utf-8")
    assert typed("evaluate", "runs/pairs", "evaluation=[quality]").status == 0
    assert Run.open("runs/pairs").quality.metric("spearman").value == pytest.approx(spearman.value, abs=1e-6)

    said = typed("predict", "runs/pairs", "pairs.csv")
    values = [float(row["value"]) for row in csv.DictReader(said.out.splitlines())]
    model = SentenceTransformer("runs/pairs/model", device="cpu")
    theirs = model.encode(texts)
    assert np.abs(theirs - by_transformers(Path("runs/pairs/model"), texts)).max() < 1e-5
    rows = compared(160, 0)
    cosines = (model.encode(rows["sentence1"]) * model.encode(rows["sentence2"])).sum(axis=1)
    low, high = json.loads(Path("runs/pairs/model/config.json").read_text(encoding="utf-8"))["similarity_scale"]
    assert values == pytest.approx(low + (high - low) * cosines, abs=1e-4), "the cosine, in the label's unit"
    assert np.corrcoef(values, rows["score"])[0, 1] > 0.6
    pair = run.predict([(texts[0], texts[0])])[0]
    assert pair.value == pytest.approx(high, abs=1e-3)


def test_the_order_of_likenesses(typed, here):
    """Danger: predictions that are cosines under the name of scores, or a report that does not say where their unit
    comes from."""
    texts = write_pairs(here)
    typed("init", "pairs.csv", "--model", "./tiny")
    with verified_in_process():
        done = typed("train", "pairs.yaml", "task={kind: similarity, loss: cosent}", *SMALL, "training.epochs=4")
    assert done.status == 0, done.err
    run = Run.open("runs/pairs")
    assert run.quality.metric("spearman").value > run.quality.metric("spearman", "overlap").value
    assert run.quality.metric("rmse").value < 2.2, "the labels' own deviation is 2"
    low, high = json.loads(Path("runs/pairs/model/config.json").read_text(encoding="utf-8"))["similarity_scale"]
    assert (low, high) != (0.0, 1.0)
    assert run.predict([(texts[0], texts[0])])[0].value == pytest.approx(high, abs=1e-3)
    assert any("straight line" in note for note in run.quality.notes)


def test_both_texts_read_together(typed, here):
    """Danger: a cross-encoder that sentence-transformers opens with a sigmoid on top: 4.5 becomes 0.99."""
    write_pairs(here)
    typed("init", "pairs.csv", "--model", "./tiny")
    with verified_in_process():
        done = typed("train", "pairs.yaml", "task={kind: similarity, architecture: cross}", *SMALL, "evaluation=[]")
    assert done.status == 0, done.err
    rows = [("good film", "bad film"), ("a good plot", "great film the")]
    ours = [one.value for one in Run.open("runs/pairs").predict(rows)]
    assert CrossEncoder("runs/pairs/model", device="cpu").predict(rows) == pytest.approx(ours, abs=1e-4)


def test_vectors_of_what_belongs_together(typed, here):
    """Danger: vectors that are right in training and other ones in the folder that is handed over."""
    texts = write_pairs(here)
    assert typed("init", "matches.csv", "--model", "./tiny").status == 0
    page = Path("matches.yaml").read_text(encoding="utf-8")
    assert "task: embed" in page and "target" not in page.replace("target_", "")
    assert typed("check", "matches.yaml").status == 0
    done = typed("train", "matches.yaml", *SMALL, "training.token_budget=64", "task.loss.symmetric=true")
    assert done.status == 0, done.err
    run = Run.open("runs/matches")
    assert run.quality.metric("mrr_10").value > run.quality.metric("mrr_10", "pretrained").value
    assert run.quality.metric("recall_10", "overlap") is not None
    assert any("is looked for among the" in note for note in run.quality.notes)
    report = Path("runs/matches/report.html").read_text(encoding="utf-8")
    assert "MRR@10" in report and "what belongs together" in report
    assert typed("evaluate", "runs/matches", "evaluation=[quality]").status == 0

    assert typed("predict", "runs/matches", "matches.csv", "--output", "out.jsonl").status == 0
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    first, second = (np.array([row[name] for row in rows]) for name in ("vector", "pair_vector"))
    assert [row["cosine"] for row in rows] == pytest.approx((first * second).sum(axis=1), abs=1e-5)
    Path("some.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    assert typed("predict", "runs/matches", "some.txt", "--output", "some.jsonl").status == 0
    alone = [json.loads(line) for line in Path("some.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [sorted(row) for row in alone] == [["query", "vector"]] * len(texts)
    mine = np.array([row["vector"] for row in alone])
    theirs = SentenceTransformer("runs/matches/model", device="cpu").encode(texts)
    assert np.abs(mine - theirs).max() < 1e-5
    assert np.abs(mine - by_transformers(Path("runs/matches/model"), texts)).max() < 1e-5
    assert np.abs(np.array([one.vector for one in run.predict(texts)]) - mine).max() < 1e-5


def test_texts_that_are_near_and_wrong(typed, here):
    """Danger: the column is read and teaches nothing; or it is measured, saved and asked for again by predict."""
    texts = write_pairs(here)
    with Path("matches.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    moods = {word: other for one, two in ((GOOD, BAD), (BAD, GOOD)) for word, other in zip(one, two, strict=True)}
    wrong = [" ".join(moods.get(word, word) for word in row["passage"].split()) for row in rows]
    wrong[3], wrong[4] = "", rows[4]["passage"]
    columns = {"anchor": [r["query"] for r in rows], "positive": [r["passage"] for r in rows], "negative": wrong}
    write_csv(here / "hard.csv", columns)
    assert typed("init", "hard.csv", "--model", "./tiny").status == 0
    page = Path("hard.yaml").read_text(encoding="utf-8")
    assert "text: anchor, pair: positive, negative: negative" in page and "task: embed" in page
    checked = typed("check", "hard.yaml", "data.validation=null", "data.test=null")
    assert checked.status == 0
    assert "names no text that is wrong" in checked.out and "names a text as wrong that is right" in checked.out
    done = typed("train", "hard.yaml", *SMALL, "training.token_budget=64", *QUICK)
    assert done.status == 0, done.err
    run = Run.open("runs/hard")
    losses = [entry["loss"] for entry in read_journal(run.folder.journal) if entry["event"] == "step"]
    with verified_in_process():
        plain = ["data.inputs={text: anchor, pair: positive}", "output=runs/plain", "evaluation=[]"]
        assert typed("train", "hard.yaml", *SMALL, *QUICK, *plain).status == 0
    others = [e["loss"] for e in read_journal(Run.open("runs/plain").folder.journal) if e["event"] == "step"]
    assert losses[0] > others[0] + 0.3, "twice as many texts to choose from"
    with verified_in_process():
        sought = ["task={kind: embed, hard_negatives: 2}", "output=runs/sought", "training.token_budget=64"]
        assert typed("train", "hard.yaml", *SMALL, *QUICK, *plain, *sought).status == 0
    assert "wrong partners were found for" in Path("runs/sought/report.html").read_text(encoding="utf-8")
    third = [e["loss"] for e in read_journal(Run.open("runs/sought").folder.journal) if e["event"] == "step"]
    assert third[0] > others[0] + 0.3
    assert typed("evaluate", "runs/sought", "evaluation=[quality]").status == 0
    assert run.quality.metric("mrr_10", "pretrained") is not None
    assert typed("evaluate", "runs/hard", "evaluation=[quality]").status == 0
    assert "negative" in Path("runs/hard/report.html").read_text(encoding="utf-8")

    assert typed("predict", "runs/hard", "hard.csv", "--output", "out.jsonl").status == 0
    assert "pair_vector" in Path("out.jsonl").read_text(encoding="utf-8")
    write_csv(here / "new.csv", {name: columns[name][:3] for name in ("anchor", "positive")})
    assert typed("predict", "runs/hard", "new.csv", "--output", "new.jsonl").status == 0
    assert json.loads(Path("new.jsonl").read_text(encoding="utf-8").splitlines()[0])["cosine"] <= 1
    assert len(run.predict(texts)[0].vector) == len(run.predict([(texts[0], texts[1])])[0].pair_vector)


def test_a_row_with_hundreds_of_wrong_texts(typed, here):
    """Danger: one long list makes a micro-batch that no memory holds; or its end is left out and nobody is told."""
    texts = write_pairs(here)
    with Path("matches.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for place, row in enumerate(rows):
        row["negative"] = [f"{texts[number % 6]} {number}" for number in range(500 if place == 2 else 1)]
    Path("lists.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    inputs = "{text: query, pair: passage, negative: negative, most_negatives: 4}"
    Path("lists.yaml").write_text(
        f"model: ./tiny\ndata: {{train: lists.jsonl, validation: null, test: null, inputs: {inputs}}}\ntask: embed\n",
        encoding="utf-8",
    )
    checked = typed("check", "lists.yaml")
    assert checked.status == 0
    assert "1 row names more than 4 texts as wrong; 496 beyond the first 4" in " ".join(checked.out.split())
    assert "lists.jsonl:3" in checked.out
    with verified_in_process():
        done = typed("train", "lists.yaml", *SMALL, *QUICK, "training.token_budget=64", "evaluation=[]")
    assert done.status == 0, done.err
    assert "names more than 4 texts as wrong" in " ".join((done.out + done.err).split())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["data.target=passage"], "predicts no column"),
        (["data.inputs={text: query}"], "is about two texts"),
        (["training.batch_size=1"], "alone a sample teaches nothing"),
        (["training.sharding=full"], "looks at a whole step"),
        (["task.loss=mse"], "cannot learn the targets"),
        (["data.on_long=window"], "how embed would make one answer"),
        (
            ["data.inputs={text: query, pair: passage, negative: passage}", "data.target=query", "task=similarity"],
            "learns nothing from texts that are wrong",
        ),
        (
            ["data.inputs={text: query, pair: passage, negative: passage}", "task={kind: embed, hard_negatives: 1}"],
            "task.hard_negatives looks for others",
        ),
    ],
)
def test_what_cannot_be_learned_from_pairs_is_refused(typed, here, changes, said):
    """Danger: a field that is passed over in silence, or a traceback after minutes of training."""
    write_pairs(here)
    Path("m.yaml").write_text(
        "model: ./tiny\ndata: {train: matches.csv, inputs: {text: query, pair: passage}}\ntask: embed\n",
        encoding="utf-8",
    )
    done = typed("train", "m.yaml", *changes)
    assert done.status == 2
    assert said in " ".join(done.err.split())
    assert not Path("runs/m/recipe.yaml").exists()
