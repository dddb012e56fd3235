"""One epoch of fine-tuning beside transformers' Trainer: same rows, model, batch size, in bf16 on both sides.

    python -m benchmarks.against_trainer [--rows 640] [--repeats 3] [--data FILE --text COLUMN --target COLUMN]

Each measurement is a fresh process; the two sides alternate. Theirs pads each batch to its longest row, groups rows of
like length, and has its micro-batch given. The training loop alone is timed: no loading, encoding or evaluation. Prints
samples a second of both, the ratio with its spread, and the training loss that each ends with.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.results_file import append
from tunewright.data.plan import StepPlan
from tunewright.data.reading import read
from tunewright.inputs import Batch
from tunewright.inputs.text import TextInput
from tunewright.losses.cross_entropy import CrossEntropy
from tunewright.methods.full import Full
from tunewright.models.attention import quick_attention
from tunewright.models.device import default_token_budget, thread_count
from tunewright.models.source import Source
from tunewright.recipe import Training
from tunewright.samples import minilm, tickets
from tunewright.tasks.classify import Classify
from tunewright.training.optimizer import build_optimizer, set_learning_rate
from tunewright.training.schedules.linear import Linear
from tunewright.training.step import Stepper
from tunewright.training.world import World

BATCH, RATE, MAX_LENGTH = 32, 2e-4, 512


def main() -> None:
    """Alternate fresh processes of both sides and print the ratio."""
    options = _options()
    if options.side:
        print(json.dumps({"ours": _ours, "trainer": _trainer}[options.side](options)))
        return
    found: dict[str, list[dict[str, float]]] = {"ours": [], "trainer": []}
    for repeat in range(options.repeats):
        for side in found if repeat % 2 == 0 else reversed(found):
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.against_trainer", "--side", side, *sys.argv[1:]],
                capture_output=True, text=True, check=True, env=os.environ | {"GOMP_SPINCOUNT": "2000"},
            )  # fmt: skip
            found[side].append(json.loads(done.stdout.strip().splitlines()[-1]))
            last = found[side][-1]
            print(f"{side:>8}: {last['rows_per_second']:8.1f} rows/s, loss {last['loss']:.3f}", flush=True)
    rates = {side: [run["rows_per_second"] for run in runs] for side, runs in found.items()}
    ratios = [a / b for a, b in zip(rates["ours"], rates["trainer"], strict=True)]
    print(f"ratio: median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
    shown = {"rows": options.rows, "data": Path(options.data).name, "sides": found, "ratios": ratios}
    print("written to", append("against_trainer", shown))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=640)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--micro-batch", type=int, default=32, help="of the Trainer; accumulation makes up the rest")
    parser.add_argument("--data", default=str(tickets()))
    parser.add_argument("--text", default="message")
    parser.add_argument("--target", default="department")
    parser.add_argument("--side", choices=("ours", "trainer"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _prepared(options: argparse.Namespace) -> tuple[Any, ...]:
    torch.set_num_threads(thread_count(None))
    table = read(Path(options.data), role="train")
    table = table.take(np.random.default_rng(0).permutation(len(table))[: options.rows])
    task, source = Classify(), Source("sample://minilm", str(minilm()))
    tokenizer = source.tokenizer()
    encoded = TextInput(text=options.text).encode(table.columns, tokenizer, MAX_LENGTH)
    space = task.space(table.column(options.target), options.target)
    targets = task.encode(table.column(options.target), space)
    model = task.model(source, space, pad_token_id=tokenizer.pad_token_id, seed=0, attention_dropout=0.0)
    return model, tokenizer, encoded, space, targets


def _ours(options: argparse.Namespace) -> dict[str, float]:
    model, _, encoded, space, targets = _prepared(options)
    labels, device = torch.from_numpy(targets), torch.device("cpu")
    method, training, loss = Full(), Training(), CrossEntropy()
    method.prepare(model, 0)
    optimizer = build_optimizer(model, model, training, RATE)
    stepper = Stepper(
        model, optimizer, device=device, precision="bf16", max_grad_norm=1.0, world=World(), describe=str,
        make_batch=lambda rows: Batch(encoded.collate(rows), labels[torch.from_numpy(rows)]),
        loss_of=lambda model, batch: loss.compute(
            model(**batch.arguments).logits, batch.targets, space.names, space.counts
        ),
    )  # fmt: skip
    plan = StepPlan(encoded.lengths, BATCH, default_token_budget(device), 0)
    schedule, steps, losses = Linear(), plan.steps_per_epoch, []
    method.train_mode(model)
    start = time.perf_counter()
    with quick_attention(model, device, "bf16"):
        for step in range(steps):
            rows = plan.samples(step)
            set_learning_rate(optimizer, schedule.factor(step, steps))
            losses.append(stepper.update(plan.cut(rows), len(rows), step).loss)
    seconds = time.perf_counter() - start
    return {"rows_per_second": len(targets) / seconds, "loss": statistics.mean(losses[-5:])}


def _trainer(options: argparse.Namespace) -> dict[str, float]:
    from transformers import DataCollatorWithPadding, Trainer, TrainingArguments  # noqa: PLC0415  the peer, on its side alone

    model, tokenizer, encoded, _, targets = _prepared(options)
    rows = [
        {"input_ids": encoded.ids[a:b].tolist(), "labels": int(y), "length": int(b - a)}
        for a, b, y in zip(encoded.offsets, encoded.offsets[1:], targets, strict=False)
    ]
    losses: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, num_train_epochs=1, learning_rate=RATE, bf16=True, use_cpu=True, report_to=[], save_strategy="no",
            per_device_train_batch_size=options.micro_batch, gradient_accumulation_steps=BATCH // options.micro_batch,
            warmup_steps=0.1, weight_decay=0.01, logging_steps=1, disable_tqdm=True, seed=0,
            train_sampling_strategy="group_by_length", length_column_name="length",
        )  # fmt: skip
        trainer = Trainer(
            model,
            arguments,
            train_dataset=rows,
            data_collator=DataCollatorWithPadding(tokenizer),  # type: ignore[arg-type]
        )
        trainer.loss_is_scaled_for_ga = False  # without it 5.23 multiplies the gradient by the accumulation steps
        start = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - start
        losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return {"rows_per_second": len(rows) / seconds, "loss": statistics.mean(losses[-5:])}


if __name__ == "__main__":
    main()
