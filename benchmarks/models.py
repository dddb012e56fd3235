"""The models that workloads name."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from benchmarks.work import RANDOM_BERT_BASE
from tunewright.models.source import Source, quiet_transformers
from tunewright.samples import minilm

__all__ = ["model_name"]


def model_name(wanted: str, folder: Path) -> str:
    """What a recipe writes for a workload's model; a random one is built once, in `folder`."""
    return str(_random_bert_base(folder / "bert-base-random")) if wanted == RANDOM_BERT_BASE else wanted


def _random_bert_base(target: Path) -> Path:
    """12 blocks, width 768, 12 heads, 30,522 words: BertConfig's own defaults, with the sample model's tokenizer."""
    if (target / "config.json").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="bert-base-", dir=target.parent))
    with torch.random.fork_rng(devices=[]), quiet_transformers():
        torch.manual_seed(0)
        BertModel(BertConfig()).save_pretrained(made)
        Source("sample://minilm", str(minilm())).tokenizer().save_pretrained(made)
    try:
        os.rename(made, target)  # noqa: PTH104  whole or not at all, also when two processes build it
    except OSError:
        shutil.rmtree(made)
    return target
