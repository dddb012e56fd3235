"""The gradient of a batch in four micro-batches over that of the batch in one: here, and in transformers' Trainer.

    python -m benchmarks.gradient_law

Tiny models of random weights, dropout off, 16 rows. A ratio of 1 is right: how a batch is cut is a
matter of memory, not of the result. `alike` is the cosine of the two gradients. The Trainer runs as it comes; it also
runs three tasks that tunewright does not have.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import transformers
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from benchmarks.results_file import append
from tunewright.inputs import Encoded
from tunewright.recipe import Training, catalog
from tunewright.training.optimizer import build_optimizer
from tunewright.training.step import Batch, Stepper
from tunewright.training.world import World

ROWS, PARTS, CLASSES, VOCABULARY = 16, 4, 3, 120
LENGTHS = (5, 9, 12, 20)
PAIRS: tuple[tuple[str, str], ...] = (
    ("bert", "classify"), ("bert", "regress"), ("bert", "multilabel"), ("roberta", "classify"),
    ("distilbert", "classify"), ("deberta-v2", "classify"), ("modernbert", "classify"), ("electra", "classify"),
    ("xlm-roberta", "classify"), ("albert", "classify"), ("mpnet", "classify"), ("llama", "classify"),
    ("gpt2", "classify"), ("qwen2", "classify"), ("bert", "tokens"), ("bert", "masked"), ("t5", "seq2seq"),
)  # fmt: skip
OURS = ("classify", "regress", "multilabel")
HEADS = {
    "tokens": transformers.AutoModelForTokenClassification,
    "masked": transformers.AutoModelForMaskedLM,
    "seq2seq": transformers.AutoModelForSeq2SeqLM,
}
PROBLEMS = {
    "classify": "single_label_classification",
    "regress": "regression",
    "multilabel": "multi_label_classification",
}


def main() -> None:
    """Measure every pair and print the table."""
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    found = []
    print(f"{'model':<12} {'task':<11} {'here':>9} {'alike':>8}   {'Trainer':>9} {'alike':>8}")
    for family, task in PAIRS:
        ours = _compare(lambda parts, family=family, task=task: _ours(family, task, parts)) if task in OURS else None
        theirs = _compare(lambda parts, family=family, task=task: _trainer(family, task, parts))
        found.append({"model": family, "task": task, "ours": ours, "trainer": theirs})
        print(f"{family:<12} {task:<11} {_shown(ours)}   {_shown(theirs)}", flush=True)
    off = [one for one in found if abs(one["trainer"][0] - 1.0) > 1e-3]
    print(f"Trainer of transformers {transformers.__version__}: {len(off)} of {len(found)} pairs off by more than 0.1%")
    print("written to", append("gradient_law", {"transformers": transformers.__version__, "pairs": found}))


def _compare(gradient: Callable[[int], Tensor]) -> tuple[float, float]:
    """(ratio of norms, cosine) of the gradient in parts to that in one."""
    whole, parts = gradient(1).double(), gradient(PARTS).double()
    return float(parts.norm() / whole.norm()), float(nn.functional.cosine_similarity(parts, whole, dim=0))


def _shown(pair: tuple[float, float] | None) -> str:
    return f"{pair[0]:9.6f} {pair[1]:8.6f}" if pair else f"{'-':>9} {'-':>8}"


def _model(family: str, task: str) -> Any:
    """The same random weights on every call."""
    torch.manual_seed(0)
    config = _config(family)
    if task not in OURS:
        config.num_labels = CLASSES
        return HEADS[task].from_config(config)
    config.num_labels = 1 if task == "regress" else CLASSES
    config.problem_type = PROBLEMS[task]
    return transformers.AutoModelForSequenceClassification.from_config(config)


def _config(family: str) -> Any:
    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "max_position_embeddings": 80, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout": 0.0,
    }  # fmt: skip
    own: dict[str, dict[str, Any]] = {
        "distilbert": {
            "vocab_size": VOCABULARY, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "dropout": 0.0,
            "attention_dropout": 0.0, "seq_classif_dropout": 0.0, "pad_token_id": 0,
        },
        "gpt2": {
            "vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 2, "n_head": 4, "resid_pdrop": 0.0, "embd_pdrop": 0.0,
            "attn_pdrop": 0.0, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "summary_first_dropout": 0.0,
        },
        "t5": {
            "vocab_size": VOCABULARY, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4,
            "dropout_rate": 0.0, "pad_token_id": 0, "eos_token_id": 3, "decoder_start_token_id": 0,
        },
        "qwen2": sizes | {"num_key_value_heads": 2},
        "modernbert": sizes | {"cls_token_id": 2, "sep_token_id": 3},
        "electra": sizes | {"embedding_size": 32, "summary_last_dropout": 0.0},
        "albert": sizes | {"embedding_size": 16, "classifier_dropout_prob": 0.0},
    }  # fmt: skip
    return transformers.AutoConfig.for_model(family, **own.get(family, sizes))


def _rows(task: str) -> list[dict[str, Any]]:
    """Rows of four lengths, dealt so that parts of equal rows differ in tokens; labels as the Trainer's models take
    them."""
    draw = np.random.default_rng(0)
    rows = []
    for index in range(ROWS):
        length = LENGTHS[index % len(LENGTHS)]
        ids = draw.integers(4, VOCABULARY, length)
        label: Any = {
            "classify": int(draw.integers(CLASSES)),
            "regress": float(draw.normal()),
            "multilabel": [float(v) for v in draw.integers(0, 2, CLASSES)],
            "tokens": draw.integers(0, CLASSES, length).tolist(),
            "masked": ids.tolist(),
            "seq2seq": draw.integers(4, VOCABULARY, length).tolist(),
        }[task]
        rows.append({"input_ids": ids.tolist(), "labels": label})
    return rows


def _collate(rows: list[dict[str, Any]]) -> dict[str, Tensor]:
    longest = max(len(row["input_ids"]) for row in rows)

    def padded(values: list[int], filling: int) -> list[int]:
        return values + [filling] * (longest - len(values))

    batch = {
        "input_ids": torch.tensor([padded(row["input_ids"], 0) for row in rows]),
        "attention_mask": torch.tensor([padded([1] * len(row["input_ids"]), 0) for row in rows]),
    }
    labels = [row["labels"] for row in rows]
    if isinstance(labels[0], list) and isinstance(labels[0][0], int):  # one a token
        labels = [padded(label, -100) for label in labels]
    return batch | {"labels": torch.tensor(labels)}


def _flat(model: nn.Module) -> Tensor:
    return torch.cat([p.grad.reshape(-1) for p in model.parameters() if p.grad is not None])


def _ours(family: str, task_kind: str, parts: int) -> Tensor:
    """The gradient that the optimizer of tunewright sees."""
    model, rows, task = _model(family, task_kind).train(), _rows(task_kind), catalog.load("task", task_kind)()
    lengths = [len(row["input_ids"]) for row in rows]
    encoded = Encoded(
        ids=np.concatenate([row["input_ids"] for row in rows]).astype(np.int32),
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        types=None, full_lengths=np.array(lengths), unknown=0, pad_id=0,
    )  # fmt: skip
    targets = torch.tensor([row["labels"] for row in rows])
    loss: Any = task.loss
    names = ("a", "b", "c")[: 1 if task_kind == "regress" else CLASSES]
    stepper = Stepper(
        model, build_optimizer(model, model, Training(), 1e-9), device=torch.device("cpu"), precision="fp32",
        max_grad_norm=None, world=World(), describe=str,
        make_batch=lambda index: Batch(encoded.collate(index), targets[torch.from_numpy(index)]),
        compute_loss=lambda logits, truth: loss.compute(logits, truth, names, tuple(ROWS for _ in names)),
    )  # fmt: skip
    stepper.update(np.array_split(np.arange(ROWS), parts), ROWS, seed=0)
    return _flat(model)


def _trainer(family: str, task: str, parts: int) -> Tensor:
    """The gradient that the Trainer's optimizer sees, unclipped."""
    model, seen = _model(family, task), []

    class Watch(TrainerCallback):
        def on_pre_optimizer_step(self, *args: Any, **kwargs: Any) -> None:
            seen.append(_flat(kwargs["model"]).clone())

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=ROWS // parts, gradient_accumulation_steps=parts, max_steps=1,
            learning_rate=1e-9, max_grad_norm=0.0, use_cpu=True, report_to=[], save_strategy="no", disable_tqdm=True,
            logging_strategy="no", seed=0,
        )  # fmt: skip
        rows: Any = _rows(task)
        trainer = Trainer(model, arguments, train_dataset=rows, data_collator=_collate, callbacks=[Watch()])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return seen[0]


if __name__ == "__main__":
    main()
