"""Small random models of every family, with a small tokenizer, written to folders as `save_pretrained` writes them."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedTokenizerFast

from tunewright.models.source import quiet_transformers

FAMILIES = ("bert", "roberta", "distilbert", "deberta-v2", "modernbert", "xlm-roberta", "llama")

_TEXT = (
    "good great fine lovely superb bad awful poor dreadful boring the a film plot actor scene was is and very not "
    "i we it this that with music story end start long short red green blue one two three four five six seven eight"
)
WORDS = _TEXT.split()
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tiny_tokenizer(types: bool = True, max_length: int = 64) -> PreTrainedTokenizerFast:
    """Word-level, with `[CLS] a [SEP] b [SEP]`, pieces of single letters for unknown words."""
    letters = list("abcdefghijklmnopqrstuvwxyz0123456789")
    vocabulary = dict.fromkeys([*_SPECIAL, *WORDS, *letters, *(f"##{c}" for c in letters)])
    vocab = {word: index for index, word in enumerate(vocabulary)}
    core = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    core.normalizer = normalizers.BertNormalizer(lowercase=True)
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])],
    )
    names = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=max_length,
        model_input_names=[*names, "token_type_ids"] if types else names,
    )


def bytes_tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level as RoBERTa's: no token but single bytes, so that a Chinese character is three of them."""
    alphabet = {letter: index + 3 for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    core = Tokenizer(models.BPE({"<pad>": 0, "<s>": 1, "</s>": 2, **alphabet}, []))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", cls_token="<s>", bos_token="<s>", eos_token="</s>", sep_token="</s>"
    )


def tiny_config(family: str, layers: int = 2, vocab_size: int = 160) -> Any:
    """The family's configuration at width 32."""
    classes = {
        "bert": transformers.BertConfig,
        "roberta": transformers.RobertaConfig,
        "distilbert": transformers.DistilBertConfig,
        "deberta-v2": transformers.DebertaV2Config,
        "modernbert": transformers.ModernBertConfig,
        "xlm-roberta": transformers.XLMRobertaConfig,
        "llama": transformers.LlamaConfig,
        "electra": transformers.ElectraConfig,
        "camembert": transformers.CamembertConfig,
    }
    sizes: dict[str, Any] = {
        "vocab_size": vocab_size, "hidden_size": 32, "num_hidden_layers": layers, "num_attention_heads": 4,
        "intermediate_size": 64, "max_position_embeddings": 80, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
        "cls_token_id": 2, "sep_token_id": 3,
    }  # fmt: skip
    if family == "distilbert":
        sizes = {
            "vocab_size": vocab_size, "dim": 32, "n_layers": layers, "n_heads": 4, "hidden_dim": 64,
            "max_position_embeddings": 80, "pad_token_id": 0,
        }  # fmt: skip
    if family == "deberta-v2":  # as the published v3 models are
        sizes |= {
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_buckets": 16,
            "position_biased_input": False,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "type_vocab_size": 0,
        }
    if family == "modernbert":  # the second layer sees a window that is narrower than the rows are long
        sizes |= {"local_attention": 12, "global_attn_every_n_layers": 2}
    if family == "llama":
        sizes |= {"num_key_value_heads": 2}
    return classes[family](**sizes)


def tiny_model_folder(
    folder: Path, family: str = "bert", layers: int = 2, seed: int = 0, auto_class: Any = AutoModel
) -> Path:
    """A pretrained body without a head, or a language model, and its tokenizer."""
    types = family in ("bert", "deberta-v2", "electra")
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(seed)
        model = auto_class.from_config(tiny_config(family, layers))
        for parameter in model.parameters():  # larger than the usual 0.02, so that a small model can tell words apart
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.15)
        model.save_pretrained(folder)
    tokenizer = tiny_tokenizer(types)
    if auto_class is AutoModelForCausalLM:
        tokenizer.eos_token = "[SEP]"
    tokenizer.save_pretrained(folder)
    return folder


@functools.cache
def shared_model_folder(family: str = "bert") -> Path:
    """The family's folder, written once in this process and cleared away at its end. Never write into it."""
    return tiny_model_folder(shared_root() / family, family)


@functools.cache
def shared_language_folder(family: str = "llama") -> Path:
    """The same with a language head, causal for llama. Never write into it."""
    auto_class = AutoModelForCausalLM if family == "llama" else AutoModelForMaskedLM
    return tiny_model_folder(shared_root() / f"{family}-language", family, auto_class=auto_class)


CHAT_TEMPLATE = (
    "{% for m in messages %}{{ '<|start|>' + m['role'] + '\n' + m['content'] + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\n' }}{% endif %}"
)
"""Of the form that most published models have."""


def tiny_chat_tokenizer(chat_template: str | None = CHAT_TEMPLATE) -> PreTrainedTokenizerFast:
    """Bytes, and pairs of them that are common: whatever is encoded can be decoded."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|start|>", "<|end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(
        [" ".join(WORDS)] * 3, trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    )
    made = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<|pad|>", eos_token="<|end|>", model_max_length=80)
    made.chat_template = chat_template
    return made


def tiny_chat_folder(folder: Path, chat_template: str | None = CHAT_TEMPLATE, seed: int = 0) -> Path:
    """A causal model with a tokenizer of bytes."""
    tokenizer = tiny_chat_tokenizer(chat_template)
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(seed)
        config = tiny_config("llama", vocab_size=len(tokenizer))
        config.pad_token_id, config.bos_token_id, config.eos_token_id = 0, None, 2
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@functools.cache
def shared_root() -> Path:
    root = Path(tempfile.mkdtemp(prefix="tiny-models-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root
