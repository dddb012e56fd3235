"""Translating as its user does it: two columns in two languages, init, check, train, evaluate, predict, report."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import tiny_model_folder
from tiny_runs import write_csv
from tiny_writers import cipher_pairs, many_languages_folder, writer_folder
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from tunewright.methods import load_adapter
from tunewright.models.source import quiet_transformers
from tunewright.pipeline import Run
from tunewright.records import Verification, read_record

SMALL = [
    "training.epochs=6", "training.batch_size=16", "training.learning_rate=3e-3", "training.precision=fp32",
    "training.threads=1", "task.max_new_tokens=12", "task.beams=2",
    "evaluation=[{kind: quality, resamples: 40, mistakes: 5}, {kind: latency, batch_sizes: [2], calls: 2}, memory]",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny random model with an own tokenizer, and pairs of sentences in a toy language and Chinese characters."""
    folder = tmp_path_factory.mktemp("translate")
    toy, chinese = cipher_pairs(460)
    writer_folder(folder / "tiny", "mbart", toy + chinese, size=90, width=48, layers=1)
    write_csv(folder / "pairs.csv", {"toy": toy[:400], "chinese": chinese[:400]})
    write_csv(folder / "test.csv", {"toy": toy[400:], "chinese": chinese[400:]})
    return folder


@pytest.fixture
def here(place, monkeypatch):
    monkeypatch.chdir(place)
    return place


def test_from_two_columns_to_translations(typed, here):
    """Danger: every part is right and they do not fit: what a user types stops half-way."""
    assert typed("init", "pairs.csv", "--model", "./tiny").status == 0
    page = Path("pairs.yaml").read_text(encoding="utf-8")
    assert "inputs: {text: toy}" in page and "target: chinese" in page
    assert "kind: translate" in page and "target_language: zh" in page
    checked = typed("check", "pairs.yaml", "data.test=test.csv", "--json").json
    assert checked["task"] == "translate" and checked["classes"] == []
    done = typed("train", "pairs.yaml", "data.test=test.csv", *SMALL)
    assert done.status == 0, done.err
    run = Run.open("runs/pairs")
    found = {(m.model, m.name): m for m in run.quality.metrics if m.split == "test"}
    tuned, copied = found["tuned", "chrf"], found["copy", "chrf"]
    assert tuned.low > 0.6 > 0.1 > copied.high, "a character for each syllable: even a tiny model learns it"
    assert tuned.value > found["nearest", "chrf"].high
    assert tuned.low <= tuned.value <= tuned.high
    assert found["tuned", "ter"].value < found["copy", "ter"].value
    report = run.report.read_text(encoding="utf-8")
    assert "chrF" in report and "TER" in report and "Nearest training row" in report
    card = (run.folder.model / "README.md").read_text(encoding="utf-8")
    assert "model.generate(" in card and "pipeline_tag: translation" in card
    predicted = typed("predict", "runs/pairs", "test.csv", "--output", "out.csv")
    assert predicted.status == 0, predicted.err
    with Path("out.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 60 and sum(row["written"] == row["chinese"] for row in rows) > 20
    assert all(0.0 < float(row["probability"]) <= 1.0 for row in rows)
    again = typed("evaluate", "runs/pairs", "evaluation=[{kind: quality, resamples: 40}]", "--json")
    assert again.status == 0, again.err
    assert Run.open("runs/pairs").quality.metric("chrf").value == pytest.approx(tuned.value, abs=1e-6)


def test_a_domain_adapter_on_mbart(typed, here):
    """Danger: trained, and of no use: `model/` needs a library, or the adapter alone says something else."""
    typed("init", "pairs.csv", "--model", "./tiny", "--output", "domain.yaml")
    adapter = ["method={kind: adapter, width: 16}", "training.max_steps=4", "evaluation=[]", "output=runs/domain"]
    done = typed("train", "domain.yaml", *SMALL, *adapter)
    assert done.status == 0, done.err
    checks = {
        one.name: one for one in read_record(Path("runs/domain/evaluation/verification.json"), Verification).checks
    }
    assert list(checks) == ["merge", "save_load"] and all(one.passed for one in checks.values())
    assert checks["merge"].max_difference < 1e-5
    assert "merging the adapter" in done.out
    with quiet_transformers():
        merged = AutoModelForSeq2SeqLM.from_pretrained("runs/domain/model").eval()
        base = AutoModelForSeq2SeqLM.from_pretrained("tiny").eval()
        tokenizer = AutoTokenizer.from_pretrained("tiny")
    widths = [(m.config.encoder_ffn_dim, m.config.decoder_ffn_dim) for m in (base, merged)]
    assert widths[1] == tuple(width + 16 for width in widths[0])
    asked = dict(tokenizer(["ba de fi"], return_tensors="pt"))
    asked["decoder_input_ids"] = asked["input_ids"]
    with torch.no_grad():
        plain, wanted = base(**asked).logits, merged(**asked).logits
        found = load_adapter(base, "runs/domain/adapter").eval()(**asked).logits
    assert torch.allclose(found, wanted, atol=1e-5)
    assert (found - plain).abs().max() > 1e-3


def test_a_model_that_cannot_write_is_refused(typed, here, tmp_path):
    """Danger: an encoder takes the task, and a decoder of noise is trained on top of it."""
    tiny_model_folder(tmp_path / "bert")
    typed("init", "pairs.csv", "--model", str(tmp_path / "bert"), "--output", "wrong.yaml")
    done = typed("check", "wrong.yaml")
    assert done.status == 2
    assert "bert" in done.err and "encoder-decoder" in done.err and "Traceback" not in done.err


def test_targets_that_are_cut_are_counted(typed, here):
    """Danger: a model that learns to stop in the middle of a sentence, and an audit that is silent."""
    typed("init", "pairs.csv", "--model", "./tiny", "--output", "cut.yaml")
    found = typed("check", "cut.yaml", "task.max_target_length=4", "--json").json["findings"]
    cut = next(one for one in found if one["code"] == "long_target")
    assert cut["severity"] == "warning" and "tokens" in cut["title"] and cut["places"]
    refused = typed("train", "cut.yaml", "task.max_target_length=4", "data.on_long=error")
    assert refused.status == 2 and "longer than what is learned" in refused.err


def test_the_code_of_the_card_writes_what_predict_writes(typed, here, tmp_path):
    """Danger: code to copy that leaves out the prefix or the languages: it runs, and translates something else."""
    toy, chinese = cipher_pairs(60)
    many_languages_folder(tmp_path / "nllb", "nllb", toy + chinese)
    shutil.copy("pairs.csv", tmp_path / "pairs.csv")
    page = tmp_path / "many.yaml"
    assert typed("init", str(tmp_path / "pairs.csv"), "--model", str(tmp_path / "nllb"), "-o", str(page)).status == 0
    changes = [
        "task.source_language=vie_Latn", "task.target_language=zho_Hans", f"task.prefix='{toy[0]}: '",
        "training.max_steps=2", "training.precision=fp32", "task.max_new_tokens=8", "evaluation=[]",
        f"output={tmp_path / 'run'}",
    ]  # fmt: skip
    done = typed("train", str(page), *changes)
    assert done.status == 0, done.err
    run = Run.open(tmp_path / "run")
    texts = [f"{toy[1]} {toy[2]}", toy[3]]
    code = re.search(r"```python\n(.*?)\n```", (run.folder.model / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    told = code[1].replace('"path/to/model"', repr(str(run.folder.model)))
    told = told.replace('"a text"', repr(texts[0])).replace('"another text"', repr(texts[1]))
    assert all(text in told for text in texts) and "prefix = " in told
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(told, names)
    tokenizer = run._tokenizer
    asked = tokenizer([f"{toy[0]}: {text}" for text in texts], padding=True)["input_ids"]
    assert names["batch"]["input_ids"].tolist() == asked
    assert names["tokenizer"].src_lang == "vie_Latn"
    assert printed.getvalue().splitlines() == [one.written.strip() for one in run.predict(texts)]
