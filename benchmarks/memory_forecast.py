"""Predicted beside measured memory: whole runs in fresh processes, models of random weights.

    python -m benchmarks.memory_forecast [--only NAME ...]

Each line is one run of a few steps by the same code as `tunewright train`: what its forecast said before the training,
and the highest resident memory of its process, at the end of training and at the end of everything.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from benchmarks.results_file import append
from tunewright.models.source import quiet_transformers
from tunewright.pipeline import train
from tunewright.recipe import Recipe
from tunewright.records import Provenance, read_record

LORA, FREEZE = {"kind": "lora", "rank": 16}, {"kind": "freeze", "layers": 8}
QUALITY = [{"kind": "quality", "resamples": 40, "mistakes": 0}]

# name: (family, layers, width, heads, inner width, vocabulary), method, token budget, precision, changes
CASES: dict[str, tuple[tuple[str, int, int, int, int, int], Any, int, str, dict[str, Any]]] = {
    "bert mini full": (("bert", 4, 256, 4, 1024, 30522), "full", 1024, "bf16", {}),
    "minilm full": (("bert", 6, 384, 12, 1536, 30522), "full", 1024, "bf16", {"steps": 20}),
    "minilm full fp32": (("bert", 6, 384, 12, 1536, 30522), "full", 1024, "fp32", {"steps": 10}),
    "minilm full, 16k tokens": (("bert", 6, 384, 12, 1536, 30522), "full", 16384, "bf16", {"rows": 384}),
    "minilm, quality, 77 classes": (
        ("bert", 6, 384, 12, 1536, 30522), "full", 1024, "bf16",
        {"evaluation": QUALITY, "classes": 77, "data": 4000, "longest": 40},
    ),
    "bert base full": (("bert", 12, 768, 12, 3072, 30522), "full", 1024, "bf16", {}),
    "bert base full fp32": (("bert", 12, 768, 12, 3072, 30522), "full", 1024, "fp32", {}),
    "bert base full, 8k tokens": (("bert", 12, 768, 12, 3072, 30522), "full", 8192, "bf16", {"rows": 192}),
    "bert base lora": (("bert", 12, 768, 12, 3072, 30522), LORA, 1024, "bf16", {}),
    "bert base lora fp32": (("bert", 12, 768, 12, 3072, 30522), LORA, 1024, "fp32", {}),
    "bert base freeze": (("bert", 12, 768, 12, 3072, 30522), FREEZE, 1024, "bf16", {}),
    "roberta full": (("roberta", 6, 768, 12, 3072, 50265), "full", 2048, "bf16", {}),
    "xlm-roberta full": (("xlm-roberta", 6, 384, 12, 1536, 250002), "full", 1024, "bf16", {}),
    "distilbert full": (("distilbert", 6, 768, 12, 3072, 30522), "full", 4096, "bf16", {"rows": 96}),
    "modernbert full": (("modernbert", 8, 512, 8, 768, 50368), "full", 2048, "bf16", {}),
    "deberta full": (("deberta-v2", 6, 384, 6, 1536, 128100), "full", 1024, "bf16", {}),
    "llama full": (("llama", 6, 512, 8, 1376, 32000), "full", 2048, "bf16", {"rows": 48}),
    "llama lora": (("llama", 8, 768, 12, 2048, 32000), LORA, 2048, "bf16", {}),
}  # fmt: skip


def main() -> None:
    """Measure each case in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=[*CASES], default=[*CASES])
    parser.add_argument("--terms", action="store_true", help="show what each forecast is made of")
    parser.add_argument("--side", nargs=3, metavar=("PART", "CASE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        part, case, folder = options.side
        {"build": _build, "run": _run}[part](case, Path(folder))
        return
    rows = []
    print(f"{'run':<28} {'predicted':>9} {'training':>9} {'all':>9} {'ratio':>6}   MB")
    for case in options.only:
        with tempfile.TemporaryDirectory() as folder:
            _side("build", case, folder)
            found = json.loads(_side("run", case, folder).strip().splitlines()[-1])
        rows.append({"run": case, **found})
        written = append("memory_forecast", rows[-1])
        predicted, training, whole = (found[name] / 1e6 for name in ("predicted", "training", "whole"))
        print(f"{case:<28} {predicted:9.0f} {training:9.0f} {whole:9.0f} {predicted / whole:6.2f}", flush=True)
        if options.terms:
            print("   ", ", ".join(f"{name} {size / 1e6:.0f}" for name, size in found["terms"].items()), flush=True)
    ratios = [row["predicted"] / row["whole"] for row in rows]
    print(f"predicted / measured: {min(ratios):.2f} to {max(ratios):.2f}")
    print("written to", written)


def _side(part: str, case: str, folder: str) -> str:
    command = [sys.executable, "-m", "benchmarks.memory_forecast", "--side", part, case, folder]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _build(case: str, folder: Path) -> None:
    """Model, tokenizer, rows and recipe: in a process whose memory is not measured."""
    (family, layers, width, heads, inner, vocabulary), method, budget, precision, changes = CASES[case]
    torch.manual_seed(0)
    with quiet_transformers():
        model = transformers.AutoModel.from_config(_config(family, layers, width, heads, inner, vocabulary))
        model.save_pretrained(folder / "model")
    _tokenizer(vocabulary).save_pretrained(folder / "model")
    draw = np.random.default_rng(0)
    classes, longest, batch = changes.get("classes", 4), changes.get("longest", 120), changes.get("rows", 32)
    share = 0.2 if changes.get("evaluation") else None
    steps = changes.get("steps", 2)
    with (folder / "rows.csv").open("w", encoding="utf-8") as stream:
        stream.write("text,label\n")
        for _ in range(changes.get("data", 3 * batch)):
            words = draw.zipf(1.3, int(draw.integers(longest // 4, longest))) % (vocabulary - 10)
            stream.write(" ".join(f"w{word}" for word in words) + f",c{draw.integers(classes)}\n")
    recipe = {
        "model": str(folder / "model"),
        "data": {
            "train": str(folder / "rows.csv"), "inputs": {"text": "text"}, "target": "label", "max_length": 256,
            "validation": share, "test": share,
        },
        "method": method,
        "training": {
            "max_steps": steps, "batch_size": batch, "token_budget": budget, "precision": precision, "epochs": 100,
            "learning_rate": 1e-4,
        },
        "evaluation": changes.get("evaluation", []),
        "output": str(folder / "run"),
    }  # fmt: skip
    (folder / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")


def _config(family: str, layers: int, width: int, heads: int, inner: int, vocabulary: int) -> Any:
    sizes: dict[str, Any] = {
        "vocab_size": vocabulary, "hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads,
        "intermediate_size": inner, "max_position_embeddings": 512, "pad_token_id": 0, "bos_token_id": 2,
        "eos_token_id": 3,
    }  # fmt: skip
    if family == "distilbert":
        sizes = {
            "vocab_size": vocabulary, "dim": width, "n_layers": layers, "n_heads": heads, "hidden_dim": inner,
            "max_position_embeddings": 512, "pad_token_id": 0,
        }  # fmt: skip
    if family == "deberta-v2":  # as the published v3 models are
        sizes |= {
            "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 256, "type_vocab_size": 0,
            "position_biased_input": False, "norm_rel_ebd": "layer_norm", "share_att_key": True,
        }  # fmt: skip
    if family == "modernbert":
        sizes |= {"cls_token_id": 2, "sep_token_id": 3}
    if family == "llama":
        sizes |= {"num_key_value_heads": heads // 2}
    return transformers.AutoConfig.for_model(family, **sizes)


def _tokenizer(vocabulary: int) -> PreTrainedTokenizerFast:
    """One token a word."""
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{index}" for index in range(vocabulary - 5))]
    core = Tokenizer(models.WordLevel({name: index for index, name in enumerate(names)}, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # type: ignore[assignment]
    core.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=512, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def _run(case: str, folder: Path) -> None:
    """The measured process."""
    run = train(Recipe(**json.loads((folder / "recipe.json").read_text(encoding="utf-8"))))
    summary = read_record(run.folder.provenance, Provenance).training
    forecast = run.audit.forecast
    assert summary is not None and forecast is not None
    found = {
        "predicted": forecast.memory_bytes,
        "training": summary.peak_bytes,
        "whole": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "parameters": summary.parameters,
        "trainable": summary.trainable,
        "terms": forecast.memory_terms,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
