"""Small random encoder-decoder models of every family, with tokenizers of their own, written to folders."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tiny_models import WORDS, shared_root
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

from tunewright.models.source import quiet_transformers

WRITERS = ("marian", "mbart", "m2m_100", "t5", "mt5", "longt5")
_SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]


def writer_tokenizer(texts: list[str], size: int = 300, max_length: int = 64) -> PreTrainedTokenizerFast:
    """Byte-pair pieces learned from texts; every text ends with `</s>`, what is written too."""
    core = Tokenizer(models.BPE(unk_token="<unk>"))
    by_character = pre_tokenizers.Split(Regex("[\u4e00-\u9fff]"), "isolated")
    core.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), by_character])
    from_texts = trainers.BpeTrainer(vocab_size=size, special_tokens=_SPECIAL, show_progress=False)
    core.train_from_iterator(texts, from_texts)
    core.decoder = decoders.Metaspace()
    core.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A $B </s>", special_tokens=[("</s>", core.token_to_id("</s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="</s>",
        model_max_length=max_length,
        model_input_names=["input_ids", "attention_mask"],
    )


def writer_config(family: str, vocab_size: int, width: int = 32, layers: int = 2) -> Any:
    """The family's configuration. Its activation is smooth: at the kink of a ReLU the last bit decides a gradient."""
    special = {"pad_token_id": 0, "eos_token_id": 3, "bos_token_id": 2, "decoder_start_token_id": 0}
    if family in ("t5", "mt5", "longt5"):
        classes = {"t5": transformers.T5Config, "mt5": transformers.MT5Config, "longt5": transformers.LongT5Config}
        sizes: dict[str, Any] = {
            "vocab_size": vocab_size, "d_model": width, "d_kv": width // 4, "d_ff": 2 * width, "num_heads": 4,
            "num_layers": layers, "num_decoder_layers": layers, "dropout_rate": 0.0,
            "feed_forward_proj": "gated-gelu",
        }  # fmt: skip
        if family == "longt5":
            sizes |= {"local_radius": 8, "encoder_attention_type": "transient-global", "global_block_size": 4}
        return classes[family](**sizes, **special)
    classes = {
        "marian": transformers.MarianConfig, "mbart": transformers.MBartConfig, "m2m_100": transformers.M2M100Config,
    }  # fmt: skip
    sizes = {
        "vocab_size": vocab_size, "d_model": width, "encoder_layers": layers, "decoder_layers": layers,
        "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 2 * width,
        "decoder_ffn_dim": 2 * width, "max_position_embeddings": 80, "dropout": 0.0, "activation_function": "gelu",
    }  # fmt: skip
    return classes[family](**sizes, **special)


def writer_folder(
    folder: Path,
    family: str,
    texts: list[str],
    *,
    size: int = 300,
    width: int = 32,
    layers: int = 2,
    seed: int = 0,
    std: float | None = 0.15,
) -> Path:
    """A random model that reads and writes, and its tokenizer.

    Weights are larger than usual, so that rows do not all look alike; with `std=None` they are as the family draws
    them, which learns faster.
    """
    tokenizer = writer_tokenizer(texts, size)
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(seed)
        model = AutoModelForSeq2SeqLM.from_config(writer_config(family, len(tokenizer), width, layers))
        for parameter in model.parameters():
            if std and parameter.ndim == 2 and parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=std)
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@functools.cache
def shared_writer_folder(family: str = "marian") -> Path:
    """The family's folder over the words of `tiny_models`, written once in this process. Never write into it."""
    texts = [" ".join(np.random.default_rng(seed).permutation(WORDS)) for seed in range(20)]
    return writer_folder(shared_root() / family, family, texts)


def untied_writer() -> transformers.MT5ForConditionalGeneration:
    """An mT5 whose head has weights of its own, as those on the hub have, beside the table of words."""
    config = writer_config("mt5", 90)
    config.tie_word_embeddings = False
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.MT5ForConditionalGeneration(config)
    assert model.lm_head.weight is not model.shared.weight
    return model


_SYLLABLES = ["ba", "de", "fi", "go", "ku", "la", "me", "ni"]
_MEANING = dict(zip(_SYLLABLES, "山水火木金土日月", strict=True))


def cipher_pairs(rows: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Sentences of a toy language, all different, and their translations: a Chinese character for each syllable."""
    draw = np.random.default_rng(seed)
    found: dict[str, str] = {}
    while len(found) < rows:
        words = draw.choice(_SYLLABLES, int(draw.integers(2, 6))).tolist()
        found[" ".join(words)] = "".join(_MEANING[word] for word in words)
    return list(found), list(found.values())


def many_languages_folder(folder: Path, kind: str, texts: list[str], *, width: int = 32, seed: int = 0) -> Path:
    """A random model with a tokenizer of many languages: `nllb` (codes first, on M2M100's architecture), `mbart50` (the
    same on mBART's), or `mbart` (codes last, and first in the decoder)."""
    core = json.loads(writer_tokenizer(texts, 120).backend_tokenizer.to_str())["model"]
    if kind == "nllb":
        pieces = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
        for piece in core["vocab"]:
            pieces.setdefault(piece, len(pieces))
        merges = [tuple(merge) for merge in core["merges"]]
        tokenizer: Any = transformers.NllbTokenizer(vocab=pieces, merges=merges, model_max_length=64)
    else:
        scored = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
        scored += [(piece, -float(rank)) for rank, piece in enumerate(core["vocab"]) if piece not in dict(scored)]
        classes = {"mbart50": transformers.MBart50Tokenizer, "mbart": transformers.MBartTokenizer}
        tokenizer = classes[kind](vocab=scored, model_max_length=64)
    config = writer_config("m2m_100" if kind == "nllb" else "mbart", len(tokenizer), width)
    config.pad_token_id, config.bos_token_id, config.eos_token_id = 1, 0, 2
    config.decoder_start_token_id = 2
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(seed)
        model = AutoModelForSeq2SeqLM.from_config(config)
        for parameter in model.parameters():
            if parameter.ndim == 2 and parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=0.15)
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
