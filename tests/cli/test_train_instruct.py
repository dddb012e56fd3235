"""Learning to answer as its user does it: conversations, init, check, train, evaluate, predict, report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_models import tiny_chat_folder
from tiny_runs import verified_in_process
from transformers import AutoModelForCausalLM, AutoTokenizer

from tunewright.errors import DataError
from tunewright.pipeline import Run
from tunewright.records import Generations, Latency, read_record

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
SMALL = [
    "training.batch_size=8", "training.learning_rate=5e-3", "training.precision=fp32", "training.threads=1",
    "evaluation=[{kind: quality, resamples: 40, mistakes: 3}, {kind: generate, rows: 2, max_new_tokens: 8}, memory]",
]  # fmt: skip


def asked(rows: int, seed: int) -> list[tuple[str, str]]:
    """What comes after a number; no two questions the same."""
    draw = np.random.default_rng(seed)
    found = {}
    while len(found) < rows:
        place = int(draw.integers(0, 7))
        words = " ".join(draw.choice(["good", "fine", "film", "story"], 3))
        found[f"{words}: what is after {NUMBERS[place]}"] = NUMBERS[place + 1]
    return list(found.items())


def write_messages(path: Path, rows: int) -> None:
    lines = [
        {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}
        for question, answer in asked(rows, 0)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_chat_folder(tmp_path / "tiny")
    return tmp_path


def write_rows(path: str, rows: list[dict]) -> None:
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_from_conversations_to_answers(typed, here):
    """Danger: every part is right and they do not fit: what a user types stops half-way, or the model never stops."""
    write_messages(here / "talk.jsonl", 120)
    assert typed("init", "talk.jsonl", "--model", "./tiny").status == 0
    page = Path("talk.yaml").read_text(encoding="utf-8")
    assert "task: instruct" in page and "messages: messages" in page and "generate" in page
    checked = typed("check", "talk.yaml")
    assert "<|end|>]" in checked.out, "the sample of what is learned"
    done = typed("train", "talk.yaml", "method=full", "training.epochs=12", *SMALL)
    assert done.status == 0, done.err
    run = Run.open("runs/talk")
    assert run.quality.metric("perplexity").value < 2 < run.quality.metric("perplexity", "unigram").value
    samples = read_record(run.folder.evaluation("generate"), Generations).samples
    assert all(one.after == one.reference != one.before for one in samples)
    report = run.report.read_text(encoding="utf-8")
    assert "<mark>" in report and "Before training" in report
    assert run.predict(["film film film: what is after two"])[0].columns == {"response": "three"}
    turns = [{"role": "user", "content": "film film film: what is after two"}]
    for row in ({"messages": turns}, {"messages": json.dumps(turns)}, turns):
        assert run.predict([row])[0].columns == {"response": "three"}
    with pytest.raises(DataError, match="row 2: has a turn, number 1, of the unknown role 'robot'"):
        run.predict([turns, [{"role": "robot", "content": "hi"}]])
    with pytest.raises(DataError, match="'messages' is of the type int; give a text, or a list of turns"):
        run.predict([{"messages": 3}])
    with pytest.warns(UserWarning, match="1 question leaves no room"):
        assert run.predict(["film " * 90, "film film film: what is after two"])[1].columns == {"response": "three"}
    write_rows("asked.jsonl", [{"messages": turns}, {"messages": "film " * 90}])
    told = typed("predict", "runs/talk", "asked.jsonl", "-o", "out.jsonl")
    assert told.status == 0 and "only the end was read" in told.err
    write_rows("bad.jsonl", [{"messages": turns}, {"messages": [{"content": "hi"}]}])
    refused = typed("predict", "runs/talk", "bad.jsonl")
    assert refused.status == 2 and "bad.jsonl:2" in refused.err and "unknown role" in refused.err
    assert typed("evaluate", "runs/talk", "evaluation=[{kind: latency, new_tokens: 4, calls: 2}]").status == 0
    speed = read_record(run.folder.evaluation("latency"), Latency).writing
    assert speed.new_tokens == 4 and "Time to the first token" in run.report.read_text(encoding="utf-8")
    model, tokenizer = (
        AutoModelForCausalLM.from_pretrained(run.folder.model),
        AutoTokenizer.from_pretrained(run.folder.model),
    )
    given = tokenizer.apply_chat_template(
        [{"role": "user", "content": "good film fine: what is after five"}],
        add_generation_prompt=True, return_dict=True, return_tensors="pt",
    )  # fmt: skip
    out = model.generate(**given, max_new_tokens=20, do_sample=False)[0, given["input_ids"].shape[1] :]
    assert tokenizer.decode(out) == "six<|end|>", "plain transformers, which has to stop by itself"


def test_questions_in_columns_under_lora_with_the_plain_template(typed, here):
    """Danger: Alpaca files, or a model without a template, take another way that nobody has walked."""
    tiny_chat_folder(here / "plain", None)
    rows = [
        {"instruction": q.split(":")[1].strip(), "input": q.split(":")[0], "output": f"it is {a}"}
        for q, a in asked(60, 1)
    ]
    Path("alpaca.json").write_text(json.dumps(rows), encoding="utf-8")
    assert typed("init", "alpaca.json", "--model", "./plain").status == 0
    assert "{prompt: [instruction, input], response: output}" in Path("alpaca.yaml").read_text(encoding="utf-8")
    with verified_in_process():
        done = typed("train", "alpaca.yaml", "training.max_steps=4", *SMALL)
    assert done.status == 0, done.err
    assert (Path("runs/alpaca/model/chat_template.jinja")).is_file()
    assert (Path("runs/alpaca/adapter/adapter_model.safetensors")).is_file()
    Path("new.jsonl").write_text('{"instruction": "what is after two", "input": ""}\n', encoding="utf-8")
    assert typed("predict", "runs/alpaca", "new.jsonl", "-o", "out.jsonl").status == 0
    assert set(json.loads(Path("out.jsonl").read_text(encoding="utf-8"))) == {"instruction", "input", "response"}


def test_bad_turns_are_named_with_their_line(typed, here):
    """Danger: a missing answer is learned as silence; one bad row ends in a traceback."""
    write_messages(here / "talk.jsonl", 30)
    with Path("talk.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"messages": [{"role": "user", "content": "hi"}]}\n')
        stream.write('{"messages": [{"role": "user", "content": "hi"}, {"role": "robot", "content": "x"}]}\n')
    typed("init", "talk.jsonl", "--model", "./tiny")
    page = Path("talk.yaml")
    page.write_text(page.read_text(encoding="utf-8").replace("on_bad_row: skip", "on_bad_row: error"), encoding="utf-8")
    done = typed("check", "talk.yaml")
    assert done.status == 2
    assert "talk.jsonl:31" in done.out and "no turn of the assistant" in done.out and "unknown role 'robot'" in done.out
    assert typed("check", "talk.yaml", "data.on_bad_row=skip").status == 0
    short = typed("check", "talk.yaml", "data.on_bad_row=skip", "data.max_length=8")
    assert "nothing to learn" in short.out


def test_a_classifier_input_is_refused(typed, here):
    """Danger: running text is learned as an answer to nothing."""
    Path("a.txt").write_text("one\ntwo\n", encoding="utf-8")
    page = "model: ./tiny\ndata: {train: a.txt, inputs: {text: text}}\ntask: instruct\n"
    Path("a.yaml").write_text(page, encoding="utf-8")
    done = typed("check", "a.yaml")
    assert done.status == 2 and "messages: COLUMN" in done.err
