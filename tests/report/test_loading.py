"""The examples in a card are Python, whatever the columns are called."""

from __future__ import annotations

import ast
import json
import re

import pytest

from tunewright.records import RunFolder
from tunewright.report.evidence import gather
from tunewright.report.loading import how_to_load


def blocks(text: str) -> list[str]:
    found = re.findall(r"```python\n(.*?)\n```", text, re.DOTALL)
    for block in found:
        ast.parse(block)
    return found


@pytest.mark.parametrize(
    ("task", "words"), [("classify", "softmax"), ("multilabel", "sigmoid"), ("regress", "own unit")]
)
def test_each_task(factory, task, words):
    """Softmax on a multilabel model gives wrong probabilities without any error."""
    plain, ours = blocks(how_to_load(gather(factory.run(task=task))))
    assert words in plain
    assert "max_length=256" in plain
    assert 'run.predict([{"review": "a text"}])' in ours


@pytest.mark.parametrize("column", ['a"b', "a\\b", "```\nimport os", "评论", "'''"])
def test_hostile_columns(factory, column):
    """A column's name must not end the string, nor the block of code."""
    plain, ours = blocks(how_to_load(gather(factory.run(column=column))))
    assert "import os" not in [line.strip() for line in ours.splitlines()]
    assert len((plain, ours)) == 2


def test_pairs_and_several_columns(factory):
    """A pair must reach the tokenizer as a pair: joined into one text it is another input than in training."""
    inputs = {"kind": "text+pair", "text": ["title", "body"], "pair": "answer"}
    recipe = f"model: m\ndata: {json.dumps({'inputs': inputs})}\n"
    text = how_to_load(gather(factory.run(recipe=recipe, inputs={"text": "title + body", "pair": "answer"})))
    plain, ours = blocks(text)
    assert '["first text"], ["second text"]' in plain
    assert '{"title": "a text", "body": "a text", "answer": "a text"}' in ours
    assert "line break" in text


def test_without_an_audit(factory):
    """The limit must still be applied: longer input would crash the model or be read wrongly."""
    folder = RunFolder(factory.root / "new")
    folder.path.mkdir()
    folder.recipe.write_text("model: m\n", encoding="utf-8")
    plain, ours = blocks(how_to_load(gather(folder)))
    assert "max_length=model.config.max_position_embeddings" in plain
    assert '"text": "a text"' in ours


def test_what_stands_before_each_text(factory):
    """Danger: a T5 that is asked without the words that it was taught its task with."""
    task = {"kind": "translate", "prefix": 'say "```" so: ', "source_language": "en", "target_language": "zh"}
    data = {"inputs": {"kind": "text", "text": "review"}}
    recipe = f"model: m\ndata: {json.dumps(data)}\ntask: {json.dumps(task)}\n"
    plain, _ = blocks(how_to_load(gather(factory.run(task="translate", recipe=recipe))))
    line = next(line for line in plain.splitlines() if line.startswith("prefix = "))
    assert ast.literal_eval(line.removeprefix("prefix = ").partition("  #")[0]) == task["prefix"]
    assert 'src_lang="en", tgt_lang="zh"' in plain and "[prefix + text for text in" in plain
    bare, _ = blocks(how_to_load(gather(factory.run("bare", task="classify"))))
    assert "prefix" not in bare and "src_lang" not in bare
