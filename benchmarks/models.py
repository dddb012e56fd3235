"""The models that workloads name."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from benchmarks.work import RANDOM_BERT_BASE, RANDOM_LLAMA
from tunewright.models.source import Source, quiet_transformers
from tunewright.samples import minilm

__all__ = ["built", "model_name"]


def model_name(wanted: str, folder: Path) -> str:
    """What a recipe writes for a workload's model; a random one is built once, in `folder`."""
    made = _RANDOM.get(wanted)
    return wanted if made is None else str(built(made, folder / wanted.replace("://", "-")))


def _bert_base() -> PreTrainedModel:
    """12 blocks, width 768, 12 heads, 30,522 words: BertConfig's own defaults."""
    return BertModel(BertConfig())


def _llama() -> PreTrainedModel:
    """12 blocks, width 768, 12 heads of which 4 for keys and values, as many words as the sample model's tokenizer."""
    config = LlamaConfig(
        vocab_size=30_522, hidden_size=768, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=12,
        num_key_value_heads=4, max_position_embeddings=1024, tie_word_embeddings=True,
        bos_token_id=101, eos_token_id=102, pad_token_id=0,
    )  # fmt: skip
    return LlamaForCausalLM(config)


_RANDOM: dict[str, Callable[[], PreTrainedModel]] = {RANDOM_BERT_BASE: _bert_base, RANDOM_LLAMA: _llama}


def built(make: Callable[[], PreTrainedModel], target: Path) -> Path:
    """A folder with the model, its weights drawn from one seed, and the sample model's tokenizer."""
    if (target / "config.json").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="random-", dir=target.parent))
    with torch.random.fork_rng(devices=[]), quiet_transformers():
        torch.manual_seed(0)
        make().save_pretrained(made)
        tokenizer = Source("sample://minilm", str(minilm())).tokenizer()
        tokenizer.eos_token = tokenizer.sep_token  # a causal model's answers must end somewhere
        tokenizer.save_pretrained(made)
    try:
        os.rename(made, target)  # noqa: PTH104  whole or not at all, also when two processes build it
    except OSError:
        shutil.rmtree(made)
    return target
