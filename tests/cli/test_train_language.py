"""Reading on in raw text as its user does it: a text file, init, check, train, evaluate, predict, and what follows."""

from __future__ import annotations

import csv
import signal
from pathlib import Path

import numpy as np
import pytest
from tiny_models import tiny_model_folder
from tiny_runs import GOOD, Watcher, place_run, verified_in_process, weights
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

from tunewright.errors import Stopped
from tunewright.pipeline import Run, train
from tunewright.recipe import Recipe
from tunewright.training.signals import StopRequest

SMALL = [
    "training.batch_size=8", "training.learning_rate=5e-3", "training.precision=fp32", "training.threads=1",
    "data.max_length=24",
    "evaluation=[{kind: quality, resamples: 40, mistakes: 3}, {kind: latency, batch_sizes: [2], calls: 2}, memory]",
]  # fmt: skip


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    texts = [
        f"the {noun} was {one} and the {other} was not {two}"
        for noun, other in draw.choice(["film", "plot", "actor", "scene", "story"], (150, 2))
        for one, two in [draw.choice(GOOD, 2)]
    ]
    Path("reviews.txt").write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    return tmp_path


def test_an_encoder_reads_on_and_then_classifies(typed, here):
    """Danger: what is handed over cannot be used for what it was made for."""
    tiny_model_folder(here / "tiny", auto_class=AutoModelForMaskedLM)
    assert typed("init", "reviews.txt", "--model", "./tiny").status == 0
    page = Path("reviews.yaml").read_text(encoding="utf-8")
    assert "task: masked" in page and "target" not in page
    checked = typed("check", "reviews.yaml", *SMALL, "--json").json
    assert any(one["code"] == "joined" for one in checked["findings"])
    assert typed("train", "reviews.yaml", "training.epochs=12", *SMALL).status == 0
    run = Run.open("runs/reviews")
    quality = run.quality
    assert {m.model for m in quality.metrics} == {"tuned", "unigram"}
    assert quality.metric("perplexity").value < quality.metric("perplexity", "unigram").value
    assert "Perplexity" in run.report.read_text(encoding="utf-8")
    assert AutoModelForMaskedLM.from_pretrained(run.folder.model).config.mask_token_id == 4
    assert typed("predict", "runs/reviews", "reviews.txt", "-o", "out.csv").status == 0
    with Path("out.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert float(rows[0]["perplexity"]) > 1 and int(rows[0]["tokens"]) >= 1
    assert typed("evaluate", "runs/reviews").status == 0
    page = place_run(here / "next", model="../runs/reviews/model", training__epochs=1)
    with verified_in_process():
        assert typed("train", str(page)).status == 0


def test_a_causal_model_reads_on(typed, here):
    """Danger: the causal task works in its parts and not from the command line."""
    tiny_model_folder(here / "tiny", "llama", auto_class=AutoModelForCausalLM)
    assert typed("init", "reviews.txt", "--task", "language_model", "--model", "./tiny").status == 0
    with verified_in_process():
        assert typed("train", "reviews.yaml", "training.epochs=8", *SMALL).status == 0
    quality = Run.open("runs/reviews").quality
    assert quality.metric("perplexity").value < quality.metric("perplexity", "unigram").value


def test_a_target_is_refused_where_there_is_none(typed, here):
    """Danger: a column is named, never looked at, and the user believes that it is learned."""
    tiny_model_folder(here / "tiny", auto_class=AutoModelForMaskedLM)
    typed("init", "reviews.txt", "--model", "./tiny")
    done = typed("check", "reviews.yaml", "data.target=text")
    assert done.status == 2 and "predicts no column" in done.err
    done = typed("check", "reviews.yaml", "task=classify")
    assert done.status == 2 and "data.target" in done.err


def test_a_resumed_run_hides_what_the_undisturbed_one_hid(here):
    """Danger: masks drawn from a state that a stop has lost: the run goes on with other words, and nobody sees it."""
    tiny_model_folder(here / "tiny", auto_class=AutoModelForMaskedLM)
    fields = {
        "model": "./tiny", "data": {"train": "reviews.txt", "inputs": {"text": "text"}, "max_length": 24},
        "task": {"kind": "masked", "whole_words": True}, "evaluation": [],
        "training": {"max_steps": 5, "batch_size": 8, "precision": "fp32", "threads": 1},
    }  # fmt: skip
    stop = StopRequest()
    watcher = Watcher({3: lambda: setattr(stop, "signal_number", signal.SIGTERM)})
    with verified_in_process():
        whole = train(Recipe(**fields, output="runs/whole"))
        with pytest.raises(Stopped):
            train(Recipe(**fields, output="runs/stopped"), observer=watcher, stop=stop)
        again = train(Recipe(**fields, output="runs/stopped"), resume=True)
    assert (
        weights(again.folder.path)["model/model.safetensors"] == weights(whole.folder.path)["model/model.safetensors"]
    )
