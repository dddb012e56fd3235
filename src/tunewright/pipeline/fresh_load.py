"""Opens a saved model in a process of its own, with plain transformers alone, and prints its outputs as JSON.

Run by file name, so that nothing of tunewright is loaded. Reads from standard input
`{"folder", "texts", "pairs" or null, "max_length", "auto_class", "truncation", "overlap" or null, "threads", "samples"
or null}`; writes the logits of each text, or of each of its windows where there is an overlap; for samples what
`scores` gives. Pictures and sounds come as arrays in files of numpy: `{"processor", "rows": [{"file", "options"}]}`
instead of texts and pairs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy
import torch
import transformers

__all__ = ["batches_of_files", "batches_of_texts", "cut", "main", "probed", "scores"]


def main() -> None:
    """Load, compute one row at a time, print."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    auto_class = getattr(transformers, asked["auto_class"])
    model = auto_class.from_pretrained(asked["folder"], dtype="float32").eval()
    given = batches_of_files(asked) if "processor" in asked else batches_of_texts(asked)
    with torch.inference_mode():
        if asked.get("samples") is not None:
            tokenizer = transformers.AutoTokenizer.from_pretrained(asked["folder"])
            rows = [scores(tokenizer, model, sample, asked["max_length"]) for sample in asked["samples"]]
        elif asked["auto_class"] == "AutoModelForSeq2SeqLM":
            rows = [probed(model, batch).double().tolist() for batch in given]
        else:
            rows = [_logits(model(**batch))[0].double().tolist() for batch in given]
    json.dump({"logits": rows}, sys.stdout)


def _logits(said: transformers.utils.ModelOutput) -> torch.Tensor:
    """What a model puts out; starts and ends side by side."""
    return said.logits if "logits" in said else torch.stack([said.start_logits, said.end_logits], dim=-1)


def batches_of_texts(asked: dict[str, Any]) -> Iterator[dict[str, torch.Tensor]]:
    """Each text, or each window of it, as a batch of its own."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(asked["folder"])
    pairs = asked["pairs"] or [None] * len(asked["texts"])
    for text, pair in zip(asked["texts"], pairs, strict=True):
        yield from cut(tokenizer, text, pair, asked["max_length"], asked["overlap"], asked["truncation"])


def batches_of_files(asked: dict[str, Any]) -> Iterator[dict[str, torch.Tensor]]:
    """Each array, prepared by the saved processor, as a batch of its own."""
    processor = getattr(transformers, asked["processor"]).from_pretrained(asked["folder"])
    for row in asked["rows"]:
        values = numpy.load(row["file"], allow_pickle=False)
        yield dict(processor(values, return_tensors="pt", **row["options"]))


def probed(model: transformers.PreTrainedModel, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Some logits of a model that writes, after its decoder has read the text's own first 16 tokens, and the logarithm
    of the sum of all: as `WritingTask.outputs` puts them."""
    rows = getattr(model.config, "decoder_vocab_size", None) or model.config.vocab_size
    logits = model(**batch, decoder_input_ids=batch["input_ids"][:, :16] % rows).logits[0, -1]
    step = max(1, len(logits) // 256)
    return torch.cat([logits[::step][:256], logits.logsumexp(dim=0, keepdim=True)])


def cut(
    tokenizer: transformers.PreTrainedTokenizerBase,
    text: str,
    pair: str | None,
    max_length: int,
    overlap: int | None,
    truncation: str = "longest_first",
) -> list[dict[str, torch.Tensor]]:
    """A text as one batch, cut, or as one for each window; of a pair in windows the first text stays whole."""
    if overlap is None:
        return [dict(tokenizer(text, pair, truncation=truncation, max_length=max_length, return_tensors="pt"))]
    if pair is not None:
        room = max_length - len(tokenizer(text, "")["input_ids"])
        overlap = min(overlap, room // 2)
    windows = tokenizer(
        text, pair, truncation=truncation, max_length=max_length, stride=overlap, return_overflowing_tokens=True
    )
    names = [name for name in tokenizer.model_input_names if name in windows]
    count = len(windows["input_ids"])
    return [{name: torch.tensor([windows[name][index]]) for name in names} for index in range(count)]


def scores(
    tokenizer: transformers.PreTrainedTokenizerBase, model: Any, sample: dict[str, Any], max_length: int
) -> list[list[float]]:
    """-log probability of each asked token, and how far it is behind the likeliest.

    Args:
        tokenizer: of the model.
        model: puts out tokens.
        sample: what is read (`text`, or `messages` for the chat template), the positions that are `hide`-den behind
            the mask, and the positions and tokens that are asked (`score`).
        max_length: where texts are cut.
    """
    text, bare = sample.get("text"), "messages" not in sample
    if not bare:
        text = tokenizer.apply_chat_template(sample["messages"], tokenize=False)
    given = {"truncation": True, "max_length": max_length, "add_special_tokens": bare, "return_tensors": "pt"}
    ids = tokenizer(text, **given)["input_ids"]
    ids[0, sample["hide"]] = tokenizer.mask_token_id if sample["hide"] else 0
    known = model(input_ids=ids).logits[0].double().log_softmax(-1)
    return [[-float(known[at, token]), float(known[at].max() - known[at, token])] for at, token in sample["score"]]


if __name__ == "__main__":
    main()
