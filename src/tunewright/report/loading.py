"""How to use a model, in code that can be copied."""

from __future__ import annotations

import json

from tunewright.report.evidence import Evidence
from tunewright.report.markdown import fenced
from tunewright.report.plain import visible

__all__ = ["how_to_load"]

_HEAD = """\
import torch
from transformers import {auto_class}, AutoTokenizer

folder = "path/to/model"  # this folder, or its id on the hub
tokenizer = AutoTokenizer.from_pretrained(folder)
model = {auto_class}.from_pretrained(folder).eval()

batch = tokenizer({texts}, truncation=True, max_length={limit}, padding=True, return_tensors="pt")
with torch.inference_mode():
    logits = {outputs}
"""
_CLASSES = {"tag": "AutoModelForTokenClassification", "answer": "AutoModelForQuestionAnswering"}
_OUTPUTS = {"answer": "model(**batch).start_logits, model(**batch).end_logits"}
_TAILS = {
    "classify": """\
for row in logits.softmax(-1):
    print(model.config.id2label[int(row.argmax())], float(row.max()))
""",
    "multilabel": """\
for row in logits.sigmoid():
    print([model.config.id2label[i] for i, p in enumerate(row.tolist()) if p >= 0.5])
""",
    "tag": """\
for row, mask in zip(logits.softmax(-1), batch["attention_mask"]):
    print([model.config.id2label[int(token.argmax())] for token in row[mask.bool()]])  # a tag for each token, in BIO
""",
    "answer": """\
starts, ends = logits  # pairs of places in the second text have the sum of both as their score
place = batch["input_ids"][0, int(starts[0].argmax()) : int(ends[0].argmax()) + 1]
print(tokenizer.decode(place))  # windows, no answer and characters: see below
""",
    "regress": "print(logits.squeeze(-1).tolist())  # in the target's own unit\n",
}
_NO_LIMIT = "model.config.max_position_embeddings"


def how_to_load(evidence: Evidence) -> str:
    """With transformers alone, then with tunewright from the run's folder."""
    audit, roles = evidence.audit, evidence.inputs
    limit = str(audit.lengths.limit) if audit and audit.lengths else _NO_LIMIT
    texts = '["first text"], ["second text"]' if "pair" in roles else '["a text", "another text"]'
    texts = '["a question"], ["the text to search"]' if "context" in roles else texts
    auto_class = _CLASSES.get(evidence.task, "AutoModelForSequenceClassification")
    outputs = _OUTPUTS.get(evidence.task, "model(**batch).logits")
    plain = _HEAD.format(auto_class=auto_class, texts=texts, limit=limit, outputs=outputs) + _TAILS.get(
        evidence.task, "print(logits)\n"
    )
    columns = [name for names in roles.values() for name in names] or ["text"]
    row = ", ".join(f'{_literal(name)}: "a text"' for name in columns)
    ours = f'from tunewright.pipeline import Run\n\nrun = Run.open("path/to/run")\nprint(run.predict([{{{row}}}]))\n'
    several = any(len(names) > 1 for names in roles.values())
    joined = " Join columns that make up one text by a line break, as in training." if several else ""
    return (
        f"With transformers alone:{joined}\n\n{fenced(plain, 'python')}\n\n"
        "With tunewright, from the run's folder, which also reads the columns as in training:\n\n"
        f"{fenced(ours, 'python')}"
    )


def _literal(name: str) -> str:
    """A column's name as Python writes it; a fence within could end the block of code."""
    return json.dumps(visible(name), ensure_ascii=False).replace("`", "\\u0060")
