"""The Trainer's side of benchmarks.kills: `python -m benchmarks.killed_trainer FOLDER KILLS SEED` prints JSON.

The script that is killed is the usual one of its examples: look for the last checkpoint, train from it, save the model.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import torch
import transformers
from tiny_runs import place_run
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from benchmarks.forks import Attempt, Blow, Told, attempt
from benchmarks.kill_trials import trials

ROWS = 38  # what tunewright trains on, of the same file
SETTINGS: dict[str, Any] = {
    "num_train_epochs": 3, "per_device_train_batch_size": 8, "learning_rate": 5e-3, "use_cpu": True, "seed": 0,
    "save_strategy": "steps", "save_steps": 2, "save_total_limit": 2, "logging_steps": 1, "report_to": [],
    "disable_tqdm": True, "dataloader_num_workers": 0,
}  # fmt: skip


class Theirs:
    """Trainings of the tiny model on the same rows, as often saved."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.told, self.log = folder, Told(), folder / "child.log"
        place_run(folder)
        with (folder / "reviews.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))[:ROWS]
        self.tokenizer = AutoTokenizer.from_pretrained(folder / "tiny")
        self.rows = [
            dict(self.tokenizer(row["review"])) | {"labels": ("angry", "happy").index(row["mood"])} for row in rows
        ]
        done = self.attempt(folder / "undisturbed", Blow())
        if done.status != 0:
            raise SystemExit(f"The undisturbed run ended with {done.status}:\n{done.log}")
        self.seconds, self.saves, self.save_seconds = done.seconds, self.told.saves, self.told.save_seconds
        self.expected = _digest(folder / "undisturbed")

    def attempt(self, run: Path, blow: Blow) -> Attempt:
        """One start of the script."""
        return attempt(functools.partial(self._train, run), self.told, blow, self.log)

    def _train(self, run: Path) -> int:
        transformers.set_seed(0)
        model = AutoModelForSequenceClassification.from_pretrained(
            self.folder / "tiny", num_labels=2, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1
        )
        told = self.told

        class Watched(Trainer):
            def _save_checkpoint(self, *arguments: Any) -> None:
                with told.inside_a_save():
                    super()._save_checkpoint(*arguments)

        collator = DataCollatorWithPadding(self.tokenizer)
        arguments = TrainingArguments(str(run), **SETTINGS)
        trainer = Watched(model, arguments, train_dataset=self.rows, data_collator=collator)  # type: ignore[arg-type]
        trainer.train(resume_from_checkpoint=get_last_checkpoint(run) if run.is_dir() else None)
        with told.inside_a_save():
            trainer.save_model(str(run / "model"))
        return 0

    def exact(self, run: Path) -> bool:
        """The weights of the model that is handed over."""
        return _digest(run) == self.expected

    def checkpoints(self, run: Path) -> list[Path]:
        """By number."""
        return sorted(run.glob("checkpoint-*"), key=lambda folder: int(folder.name.rpartition("-")[2]))


def _digest(run: Path) -> str:
    return hashlib.sha256((run / "model" / "model.safetensors").read_bytes()).hexdigest()


def main() -> None:
    """One JSON list."""
    torch.set_num_threads(1)
    side = Theirs(Path(sys.argv[1]))
    print(json.dumps(trials(side, int(sys.argv[2]), int(sys.argv[3]))))


if __name__ == "__main__":
    main()
