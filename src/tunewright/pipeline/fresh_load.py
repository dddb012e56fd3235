"""Opens a saved model in a process of its own, with plain transformers alone, and prints its outputs as JSON.

Run by file name, so that nothing of tunewright is loaded. Reads from standard input
`{"folder", "texts", "pairs" or null, "max_length", "auto_class", "truncation" (longest_first if left out),
"overlap" or null, "threads"}`; writes
the logits of each text, or of each of its windows where there is an overlap.
"""

from __future__ import annotations

import json
import sys

import torch
import transformers

__all__ = ["cut", "main"]


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
        for text, pair in zip(asked["texts"], pairs, strict=True):
            for batch in cut(
                tokenizer, text, pair, asked["max_length"], asked["overlap"], asked.get("truncation", "longest_first")
            ):
                rows.append(_logits(model(**batch))[0].double().tolist())
    json.dump({"logits": rows}, sys.stdout)


def _logits(said: transformers.utils.ModelOutput) -> torch.Tensor:
    """What a model puts out; starts and ends side by side."""
    return said.logits if "logits" in said else torch.stack([said.start_logits, said.end_logits], dim=-1)


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
        room = max_length - len(tokenizer([text], [""])["input_ids"][0])  # in a list: "" alone counts as no pair
        overlap = min(overlap, room // 2)
    windows = tokenizer(
        text, pair, truncation=truncation, max_length=max_length, stride=overlap, return_overflowing_tokens=True
    )
    names = [name for name in tokenizer.model_input_names if name in windows]
    count = len(windows["input_ids"])
    return [{name: torch.tensor([windows[name][index]]) for name in names} for index in range(count)]


if __name__ == "__main__":
    main()
