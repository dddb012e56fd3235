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
tokenizer = AutoTokenizer.from_pretrained(folder{languages})
model = {auto_class}.from_pretrained(folder).eval()

{prefixed}batch = tokenizer({texts}, truncation=True, max_length={limit}, padding=True, return_tensors="pt")
with torch.inference_mode():
"""
_LOGITS = "    logits = {outputs}\n"
_WRITES = """\
    ids = model.generate(**batch)  # beams, lengths and the target's language as in generation_config.json
for text in tokenizer.batch_decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False):
    print(text.strip())
"""
_OUTPUTS = {"answer": "model(**batch).start_logits, model(**batch).end_logits"}
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
    "answer": """\
starts, ends = logits  # pairs of places in the second text have the sum of both as their score
place = batch["input_ids"][0, int(starts[0].argmax()) : int(ends[0].argmax()) + 1]
print(tokenizer.decode(place))  # windows, no answer and characters: see below
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
_WRITER = "AutoModelForSeq2SeqLM"
_SENTENCES = """\
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/model")  # this folder, or its id on the hub
first, second = model.encode(["first text", "second text"])  # vectors of length 1
print(float(first @ second))  # their cosine
"""
_CLASSES = {
    "tag": "AutoModelForTokenClassification",
    "answer": "AutoModelForQuestionAnswering",
    "masked": "AutoModelForMaskedLM",
    "language_model": "AutoModelForCausalLM",
    "translate": _WRITER,
    "summarise": _WRITER,
}
_NO_LIMIT = "model.config.max_position_embeddings"


def how_to_load(evidence: Evidence) -> str:
    """With transformers alone, then with tunewright from the run's folder."""
    audit, roles = evidence.audit, evidence.inputs
    if evidence.noun != "text":
        return _of_media(evidence)
    limit = str(audit.lengths.limit) if audit and audit.lengths else _NO_LIMIT
    texts = '["first text"], ["second text"]' if "pair" in roles else '["a text", "another text"]'
    texts = '["a question"], ["the text to search"]' if "context" in roles else texts
    auto_class = _CLASSES.get(evidence.task, "AutoModelForSequenceClassification")
    tail = _LOGITS.format(outputs=_OUTPUTS.get(evidence.task, "model(**batch).logits"))
    tail += _TAILS.get(evidence.task, "print(logits)\n")
    said = _said(evidence)
    plain = _HEAD.format(auto_class=auto_class, texts=said.pop("texts", texts), limit=limit, **said) + (
        _WRITES if auto_class == _WRITER else tail
    )
    if evidence.task in ("instruct", "prefer"):
        plain = _CHAT
    columns = [name for names in roles.values() for name in names] or ["text"]
    row = ", ".join(f'{_literal(name)}: "a text"' for name in columns)
    ours = f'from tunewright.pipeline import Run\n\nrun = Run.open("path/to/run")\nprint(run.predict([{{{row}}}]))\n'
    if (evidence.folder.model / "modules.json").is_file():
        return (
            f"With sentence-transformers, or anything that reads its models:\n\n{fenced(_SENTENCES, 'python')}\n\n"
            "The same vectors are the mean over the tokens of the last layer of transformers' AutoModel, brought to "
            f"length 1. With tunewright, from the run's folder:\n\n{fenced(ours, 'python')}"
        )
    several = any(len(names) > 1 for names in roles.values())
    joined = " Join columns that make up one text by a line break, as in training." if several else ""
    return (
        f"With transformers alone:{joined}\n\n{fenced(plain, 'python')}\n\n"
        "With tunewright, from the run's folder, which also reads the columns as in training:\n\n"
        f"{fenced(ours, 'python')}"
    )


def _said(evidence: Evidence) -> dict[str, str]:
    """What the task puts before each text, and the languages that the tokenizer is told, as parts of the code."""
    task = evidence.page.get("task")
    fields = task if isinstance(task, dict) else {}
    names = (("src_lang", "source_language"), ("tgt_lang", "target_language"))
    told = [f", {name}={_literal(str(fields[field]))}" for name, field in names if fields.get(field)]
    said = {"languages": "".join(told), "prefixed": ""}
    if not fields.get("prefix"):
        return said
    before = f"prefix = {_literal(str(fields['prefix']))}  # stands before each text, as in training\n"
    return said | {"prefixed": before, "texts": '[prefix + text for text in ("a text", "another text")]'}


_PICTURE = """\
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageClassification

folder = "path/to/model"  # this folder, or its id on the hub
processor = AutoImageProcessor.from_pretrained(folder)
model = AutoModelForImageClassification.from_pretrained(folder).eval()

batch = processor(Image.open("picture.jpg").convert("RGB"), return_tensors="pt")
with torch.inference_mode():
    logits = model(**batch).logits
"""
_SOUND = """\
import soundfile
import torch
from transformers import AutoFeatureExtractor, AutoModelForAudioClassification

folder = "path/to/model"  # this folder, or its id on the hub
extractor = AutoFeatureExtractor.from_pretrained(folder)
model = AutoModelForAudioClassification.from_pretrained(folder).eval()

wave, rate = soundfile.read("sound.wav", dtype="float32")  # one channel, at extractor.sampling_rate
batch = extractor(wave[:{samples}], sampling_rate=rate, return_tensors="pt")
with torch.inference_mode():
    logits = model(**batch).logits
"""


def _of_media(evidence: Evidence) -> str:
    sizes = evidence.audit.sizes if evidence.audit else None
    head = _PICTURE
    if evidence.noun == "sound":
        head = _SOUND.format(samples=f"int({sizes.limit:g} * rate)" if sizes and sizes.limit else "")
    plain = head + _TAILS.get(evidence.task, "print(logits)\n")
    column = next((name for names in evidence.inputs.values() for name in names), "path")
    file = "picture.jpg" if evidence.noun == "picture" else "sound.wav"
    ours = (
        'from tunewright.pipeline import Run\n\nrun = Run.open("path/to/run")\n'
        f'print(run.predict([{{{_literal(column)}: "{file}"}}]))\n'
    )
    return (
        f"With transformers alone:\n\n{fenced(plain, 'python')}\n\n"
        "With tunewright, from the run's folder, which also turns, mixes and resamples as in training:\n\n"
        f"{fenced(ours, 'python')}"
    )


def _literal(name: str) -> str:
    """A column's name as Python writes it; a fence within could end the block of code."""
    return json.dumps(visible(name), ensure_ascii=False).replace("`", "\\u0060")
