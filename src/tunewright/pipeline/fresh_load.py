"""Opens a saved model in a process of its own, with plain transformers alone, and prints its outputs as JSON.

Run by file name, so that nothing of tunewright is loaded. Reads from standard input
`{"folder", "texts", "pairs" or null, "max_length", "auto_class", "overlap" or null, "threads", "samples" or null}`;
writes the logits of each text, or of each of its windows where there is an overlap; for samples what `scores` gives.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
import transformers

__all__ = ["cut", "main", "scores"]


def main() -> None:
    """Load, compute one row at a time, print."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(asked["folder"])
    auto_class = getattr(transformers, asked["auto_class"])
    model = auto_class.from_pretrained(asked["folder"], dtype="float32").eval()
    pairs = asked["pairs"] or [None] * len(asked["texts"])
    rows = []
    with torch.inference_mode():
        if asked.get("samples") is not None:
            rows = [scores(tokenizer, model, sample, asked["max_length"]) for sample in asked["samples"]]
            asked["texts"], pairs = [], []
        for text, pair in zip(asked["texts"], pairs, strict=True):
            for batch in cut(tokenizer, text, pair, asked["max_length"], asked["overlap"]):
                rows.append(model(**batch).logits[0].double().tolist())
    json.dump({"logits": rows}, sys.stdout)


def cut(
    tokenizer: transformers.PreTrainedTokenizerBase, text: str, pair: str | None, max_length: int, overlap: int | None
) -> list[dict[str, torch.Tensor]]:
    """A text as one batch, cut, or as one for each window."""
    if overlap is None:
        return [dict(tokenizer(text, pair, truncation=True, max_length=max_length, return_tensors="pt"))]
    windows = tokenizer(text, truncation=True, max_length=max_length, stride=overlap, return_overflowing_tokens=True)
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
