"""tunewright check, of rows that no task can learn from: named, with what is wrong, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import tiny_chat_folder, tiny_model_folder

ENTITIES = [{"text": f"good film {n}", "tags": [[0, 4, "A"]]} for n in range(12)]
PAIRS = [{"text": f"good {n}", "pair": f"film {n}", "negative": f"bad {n}"} for n in range(12)]
CONTEXT = "The lamp costs 20 euros."
ASKED = [{"q": f"What {n}?", "c": f"{CONTEXT} {n}", "a": "20 euros", "answer_start": 15} for n in range(12)]
TALKS = [{"m": [{"role": "user", "content": str(n)}, {"role": "assistant", "content": "one"}]} for n in range(12)]
BETTER = [{"prompt": f"what {n}", "chosen": "one two", "rejected": "no"} for n in range(12)]
RAW = [{"text": f"good film {n}"} for n in range(12)]

DATA = {
    "tag": "inputs: {text: text}, target: tags",
    "answer": "inputs: {question: q, context: c}, target: a",
    "embed": "inputs: {text: text, pair: pair}",
    "instruct": "inputs: {messages: m}",
    "prefer": "inputs: {prompt: prompt, chosen: chosen, rejected: rejected}",
    "masked": "inputs: {text: text}",
    "language_model": "inputs: {text: text}",
}
NEST = "[" * 100_000


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("models")
    tiny_model_folder(home / "bert")
    tiny_model_folder(home / "llama", "llama")
    tiny_chat_folder(home / "chat")
    return home


@pytest.mark.parametrize(
    ("task", "model", "rows", "said"),
    [
        ("tag", "bert", [*ENTITIES, {"text": "good film", "tags": NEST}], "d.jsonl:13 (holds no list of entities"),
        ("tag", "bert", [*ENTITIES, {"text": "good film", "tags": [[0, 4, 3]]}], "has a label that is no text"),
        ("tag", "bert", [{"text": f"good {n}", "tags": []} for n in range(12)], "training rows has an entity"),
        ("answer", "bert", [*ASKED, {**ASKED[0], "a": NEST}], "d.jsonl:13 (has answer 1 at 15, outside the context"),
        ("embed", "bert", [{**row, "pair": "film"} for row in PAIRS], "training rows have the same second text"),
        ("instruct", "chat", [*TALKS, {"m": TALKS[0]["m"][1:]}], "d.jsonl:13 (begins with a turn of the assistant"),
        ("instruct", "chat", [*TALKS, {"m": NEST}], "d.jsonl:13 (is no list of turns"),
        ("prefer", "chat", [*BETTER, {**BETTER[0], "chosen": TALKS[0]["m"][:1]}], "d.jsonl:13 (does not end with a"),
        ("prefer", "chat", [*BETTER, {**BETTER[0], "chosen": str(TALKS[0]["m"])}], "not those of the question"),
        ("prefer", "chat", [*BETTER, {**BETTER[0], "prompt": ["a", "b"]}], "in its question"),
        ("language_model", "bert", RAW, "reads in both directions"),
        ("masked", "llama", RAW, "cannot open as AutoModelForMaskedLM"),
    ],
    ids=[
        "nested tags", "label of a number", "no entity at all", "nested answer", "one partner for all",
        "answer first", "nested talk", "answer of the user", "answer of another talk, as a csv spells it",
        "question of texts", "an encoder", "a writer",
    ],
)  # fmt: skip
def test_it_is_named_and_nothing_dies(
    typed: Any,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    task: str,
    model: str,
    rows: Any,
    said: str,
) -> None:
    """Danger: a traceback for a mistake in the data; or rows that teach nothing, or the wrong thing, without a word."""
    monkeypatch.chdir(tmp_path)
    Path("d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    Path("r.yaml").write_text(
        f"model: {models / model}\ndata: {{train: d.jsonl, {DATA[task]}}}\ntask: {task}\n", encoding="utf-8"
    )
    done = typed("check", "r.yaml")
    assert done.status == 2
    assert said in " ".join((done.out + done.err).split())
