"""The script that opens a saved model must be what a stranger would run: transformers, and nothing of ours."""

from __future__ import annotations

import ast
import io
import json
import sys

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tunewright.pipeline import fresh_load


def test_nothing_of_tunewright_is_loaded():
    """With our own code in the process, what only works with our code would pass."""
    with open(fresh_load.__file__, encoding="utf-8") as stream:  # noqa: PTH123
        tree = ast.parse(stream.read())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names == {"__future__", "collections.abc", "json", "numpy", "sys", "torch", "transformers", "typing"}


@pytest.mark.parametrize("paired", [False, True])
def test_it_answers_one_row_of_logits_a_text(runs, monkeypatch, capsys, paired):
    """Texts and pairs, cut where the training cut."""
    folder = runs("pair" if paired else "full").folder.model
    texts, pairs = ["red", "the film was good and the plot was fine"], ["good great fine", "bad"] if paired else None
    asked = {"folder": str(folder), "texts": texts, "pairs": pairs, "max_length": 6, "threads": 1}
    asked |= {"auto_class": "AutoModelForSequenceClassification", "overlap": None}
    asked |= {"truncation": "longest_first", "samples": None}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
    fresh_load.main()
    found = np.array(json.loads(capsys.readouterr().out)["logits"])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    for row, text in enumerate(texts):
        batch = tokenizer(text, pairs[row] if pairs else None, truncation=True, max_length=6, return_tensors="pt")
        assert batch["input_ids"].shape[1] <= 6
        with torch.inference_mode():
            assert found[row] == pytest.approx(model(**batch).logits[0].numpy(), abs=1e-6)
