"""Opens a saved model in a process of its own, with plain transformers alone, and prints its outputs as JSON.

Run by file name, so that nothing of tunewright is loaded. Reads from standard input
`{"folder", "texts", "pairs" or null, "max_length", "threads"}`; writes one row of logits for each text.
"""

from __future__ import annotations

import json
import sys

import torch
import transformers

__all__ = ["main"]


def main() -> None:
    """Load, compute one row at a time, print."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(asked["folder"])
    model = transformers.AutoModelForSequenceClassification.from_pretrained(asked["folder"], dtype="float32").eval()
    pairs = asked["pairs"] or [None] * len(asked["texts"])
    rows = []
    with torch.inference_mode():
        for text, pair in zip(asked["texts"], pairs, strict=True):
            batch = tokenizer(text, pair, truncation=True, max_length=asked["max_length"], return_tensors="pt")
            rows.append(model(**batch).logits[0].double().tolist())
    json.dump({"logits": rows}, sys.stdout)


if __name__ == "__main__":
    main()
