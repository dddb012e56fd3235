"""Opens a saved encoder in a process of its own, with plain transformers alone, and prints vectors of texts as JSON.

Run by file name, so that nothing of tunewright is loaded. Reads from standard input
`{"folder", "texts", "pairs" or null, "max_length", "threads"}`; writes for each row the vectors of its texts, one
behind the other: the mean over the tokens of the last layer, brought to length 1.
"""

from __future__ import annotations

import json
import sys

import torch
import transformers

__all__ = ["main"]


def main() -> None:
    """Load, compute one text at a time, print."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    tokenizer = transformers.AutoTokenizer.from_pretrained(asked["folder"])
    model = transformers.AutoModel.from_pretrained(asked["folder"], dtype="float32").eval()
    columns = [asked["texts"]] if asked["pairs"] is None else [asked["texts"], asked["pairs"]]
    rows = []
    with torch.inference_mode():
        for texts in zip(*columns, strict=True):
            vectors: list[float] = []
            for text in texts:
                batch = tokenizer(text, truncation=True, max_length=asked["max_length"], return_tensors="pt")
                pooled = model(**batch)[0][0].mean(dim=0)
                vectors += torch.nn.functional.normalize(pooled, dim=0).double().tolist()
            rows.append(vectors)
    json.dump({"logits": rows}, sys.stdout)


if __name__ == "__main__":
    main()
