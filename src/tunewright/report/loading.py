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
    logits = model(**batch).logits
"""
_CHAT = """\
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "path/to/model"  # this folder, or its id on the hub
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder).eval()

asked = [{"role": "user", "content": "a question"}]
batch = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_dict=True, return_tensors="pt")
with torch.inference_mode():
    answer = model.generate(**batch, max_new_tokens=200, do_sample=False)
print(tokenizer.decode(answer[0, batch["input_ids"].shape[1] :], skip_special_tokens=True))
"""
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
    "masked": """\
mask = batch["input_ids"] == tokenizer.mask_token_id  # write tokenizer.mask_token into a text to ask for a word
print(tokenizer.batch_decode(logits[mask].argmax(-1)))
""",
    "language_model": """\
print(tokenizer.batch_decode(model.generate(**batch, max_new_tokens=40)))
""",
    "regress": "print(logits.squeeze(-1).tolist())  # in the target's own unit\n",
}
_CLASSES = {
    "tag": "AutoModelForTokenClassification",
    "masked": "AutoModelForMaskedLM",
    "language_model": "AutoModelForCausalLM",
}
_NO_LIMIT = "model.config.max_position_embeddings"


def how_to_load(evidence: Evidence) -> str:
    """With transformers alone, then with tunewright from the run's folder."""
    audit, roles = evidence.audit, evidence.inputs
    limit = str(audit.lengths.limit) if audit and audit.lengths else _NO_LIMIT
    texts = '["first text"], ["second text"]' if "pair" in roles else '["a text", "another text"]'
    auto_class = _CLASSES.get(evidence.task, "AutoModelForSequenceClassification")
    tail = _TAILS.get(evidence.task, "print(logits)\n")
    plain = _HEAD.format(auto_class=auto_class, texts=texts, limit=limit) + tail
    if evidence.task in ("instruct", "prefer"):
        plain = _CHAT
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
