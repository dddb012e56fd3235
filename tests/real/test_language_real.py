"""Raw text and answers in their original files: read, joined, learned a little."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_models import tiny_chat_folder, tiny_config, tiny_model_folder
from tiny_runs import verified_in_process
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedTokenizerFast

from tunewright.data.guess import guess
from tunewright.data.reading import read
from tunewright.pipeline import check, train
from tunewright.recipe import Recipe

TRAINING = {"batch_size": 16, "precision": "fp32", "threads": 1, "learning_rate": 3e-3}


def reader_of_plays(folder: Path, text: str) -> Path:
    """A small Llama without knowledge, and a tokenizer of pieces that are common in the text."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(
        text.split("\n\n"), trainers.BpeTrainer(vocab_size=600, special_tokens=["<e>"], initial_alphabet=alphabet)
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<e>", model_max_length=64)
    torch.manual_seed(0)
    config = tiny_config("llama", vocab_size=len(tokenizer))
    config.pad_token_id, config.bos_token_id, config.eos_token_id = None, None, 0
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_small_llama_reads_plays_better_than_by_counting(real_data, tmp_path):
    """Danger: a shift by one, a mask that sees too much or too little: the model learns, and learns nothing."""
    plays = real_data / "tinyshakespeare" / "input.txt"
    text = plays.read_text(encoding="utf-8")[:200_000]
    (tmp_path / "plays.txt").write_text(text, encoding="utf-8")
    recipe = Recipe(
        model=str(reader_of_plays(tmp_path / "llama", text)),
        data={"train": str(tmp_path / "plays.txt"), "inputs": {"text": "text"}},
        task="language_model", training=TRAINING | {"max_steps": 120}, output=str(tmp_path / "run"),
        evaluation=[{"kind": "quality", "resamples": 40}],
    )  # fmt: skip
    with verified_in_process():
        quality = train(recipe).quality
    assert quality.metric("perplexity").high < 0.8 * quality.metric("perplexity", "unigram").value


@pytest.mark.parametrize(
    ("file", "inputs"), [("wikitext2/test.txt", {"text": "text"}), ("waimai/waimai_10k.csv", {"text": "review"})]
)
def test_real_texts_are_joined_without_a_target(real_data, tmp_path, file, inputs):
    """Danger: headings, Chinese or a column of labels beside the text stop what needs no labels."""
    recipe = Recipe(
        model=str(tiny_model_folder(tmp_path / "bert", auto_class=AutoModelForMaskedLM)),
        data={"train": str(real_data / file), "inputs": inputs, "limit": 300},
        task={"kind": "masked", "whole_words": True},
    )  # fmt: skip
    audit = check(recipe)
    assert not audit.errors and any(one.code == "joined" for one in audit.findings)
    assert audit.lengths.tokens_lost == 0 and audit.lengths.median > 50


@pytest.mark.parametrize("file", ["gsm8k/train.jsonl", "instructions/alpaca_zh_demo.json"])
def test_real_answers_are_recognised_and_learned_from(real_data, tmp_path, file):
    """Danger: published sets in their own form need an afternoon of rewriting."""
    found = guess(read(real_data / file, role="train"))
    assert found.task == "instruct"
    inputs = {role: names.split(" + ") for role, names in found.inputs.items()}
    recipe = Recipe(
        model=str(tiny_chat_folder(tmp_path / "llama")),
        data={"train": str(real_data / file), "inputs": inputs, "limit": 60, "validation": None, "on_bad_row": "skip"},
        task="instruct", training=TRAINING | {"max_steps": 2}, output=str(tmp_path / "run"),
        evaluation=[{"kind": "quality", "resamples": 40}, {"kind": "generate", "rows": 1, "max_new_tokens": 4}],
    )  # fmt: skip
    with verified_in_process():
        assert train(recipe).quality.metric("perplexity").value > 1
