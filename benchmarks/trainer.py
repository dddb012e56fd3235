"""One training by transformers' Trainer, with peft for LoRA: the peer, as guides write it or at its best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from benchmarks.labels import labels_of
from benchmarks.point import Point
from benchmarks.timeline import Timeline
from tunewright.models.precision import choose_precision
from tunewright.pipeline.prepare import Prepared

__all__ = ["train_by_trainer"]


class _Noting(Trainer):
    """Counts what each forward is given, and mends the loss."""

    # 5.23 multiplies the gradient by the accumulation steps for most models (transformers#47688); False is right
    loss_is_scaled_for_ga = False
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)

    def training_step(self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        lengths = inputs["attention_mask"].sum(1)
        seen = (len(lengths), inputs["input_ids"].numel(), int(lengths.sum()), int(lengths.square().sum()))
        rows, tokens, real, squares = (a + b for a, b in zip(self.counts, seen, strict=True))
        self.counts = (rows, tokens, real, squares)
        return super().training_step(model, inputs, num_items_in_batch)


class _Ends(TrainerCallback):
    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.trainer: _Noting | None = None

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self.timeline.begin()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        assert self.trainer is not None
        self.timeline.end_step()
        rows, tokens, real, squares = self.trainer.counts
        self.trainer.counts = (0, 0, 0, 0)
        self.timeline.rows.append(rows)
        self.timeline.tokens.append(tokens)
        self.timeline.real_tokens.append(real)
        self.timeline.squares.append(squares)


def train_by_trainer(model: nn.Module, prepared: Prepared, point: Point, output: Path) -> tuple[Timeline, str]:
    """Train the model in place; answers the timeline and the precision.

    Rows are those that `prepare` encoded, the optimizer is the Trainer's own fused AdamW, and nothing is logged,
    evaluated or saved on the way.
    """
    training = prepared.recipe.training
    micro = point.micro_batch or training.batch_size
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    bf16 = point.bf16 and choose_precision("auto", device).name == "bf16"
    arguments = TrainingArguments(
        str(output), num_train_epochs=training.epochs, learning_rate=training.learning_rate or 0.0, bf16=bf16,
        per_device_train_batch_size=micro, gradient_accumulation_steps=training.batch_size // micro,
        warmup_steps=0.1, lr_scheduler_type="linear", weight_decay=training.weight_decay, seed=training.seed,
        train_sampling_strategy="group_by_length" if point.to_longest else "random", torch_compile=point.compiled,
        use_cpu=device.type == "cpu", dataloader_pin_memory=device.type != "cpu", report_to=[], save_strategy="no",
        eval_strategy="no", logging_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    timeline = Timeline()
    ends = _Ends(timeline)
    padding: dict[str, Any] = {} if point.to_longest else {"padding": "max_length", "max_length": prepared.max_length}
    rows = _rows(prepared)
    # the one for tokens pads labels beside their tokens, which is all that a causal model's rows need too
    collator = DataCollatorWithPadding if isinstance(rows[0]["labels"], int) else DataCollatorForTokenClassification
    trainer = _Noting(
        model,
        arguments,
        train_dataset=rows,  # type: ignore[arg-type]
        data_collator=collator(prepared.tokenizer, **padding),
        callbacks=[ends],
    )
    ends.trainer = trainer
    trainer.train()
    return timeline, "bf16" if bf16 else "fp32"


def _rows(prepared: Prepared) -> list[dict[str, Any]]:
    encoded = prepared.train.encoded
    rows, labels = [], labels_of(prepared)
    for index in range(len(encoded)):
        span = slice(encoded.offsets[index], encoded.offsets[index + 1])
        learned = int(labels[index]) if len(labels) == len(encoded) else labels[span].tolist()
        row = {"input_ids": encoded.ids[span].tolist(), "labels": learned}
        rows.append(row | ({} if encoded.types is None else {"token_type_ids": encoded.types[span].tolist()}))
    return rows
