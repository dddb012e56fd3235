"""What a checkpoint of training holds, and putting it back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tunewright.errors import CheckpointError
from tunewright.methods import Method
from tunewright.models.precision import PrecisionName
from tunewright.training.averaging import AVERAGE
from tunewright.training.sharding import whole

__all__ = [
    "Progress",
    "State",
    "gather_state",
    "read_averages",
    "read_progress",
    "read_weights",
    "restore",
    "write_state",
]

_WEIGHTS, _OPTIMIZER, _PROGRESS = "weights.safetensors", "optimizer.safetensors", "progress.json"


@dataclass(frozen=True)
class Progress:
    """Where a run stands. With the weights and moments this is all of its state: the order of rows and the dropout of a
    step follow from the seed and the step's number."""

    step: int = 0
    """Optimizer steps done."""
    best_step: int = 0
    best_value: float | None = None
    best_loss: float | None = None
    """Validation loss there: of two steps that are equally good, that of the lower loss is the better."""
    without_gain: int = 0
    """Validations since one that was better by `early_stopping.min_delta`."""
    gained_at: float | None = None
    """Value of that validation."""
    finished: bool = False
    stopped_early: bool = False
    token_budget: int = 0
    """In force; a shortage of memory halves it."""
    rows: int = 0
    tokens: int = 0
    real_tokens: int = 0
    seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_bytes: int = 0
    resumed: int = 0
    scaler: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    """Of everything that decides the weights; a checkpoint of another recipe or other data is refused."""
    threads: int = 0
    processes: int = 1
    asked_budget: int = 0
    """The token budget asked for by the recipe or the device, before any shortage; 0 in checkpoints of old."""
    precision: PrecisionName = "fp32"

    def having(self, **changes: Any) -> Progress:
        """A copy with some fields replaced."""
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class State:
    """Tensors of a checkpoint by name, whole."""

    weights: dict[str, Tensor]
    moments: dict[str, Tensor]
    """By `<name of the parameter>::<name of the moment>`."""


def gather_state(model: nn.Module, method: Method, optimizer: torch.optim.Optimizer, keep: bool = True) -> State:
    """What a checkpoint holds beside the progress. Slices spread over processes are put together, for which every
    process has to call this; those that do not write leave out `keep` and get nothing."""
    state = State({}, {})
    for name, tensor in method.trained_state(model).items():
        _put(state.weights, name, tensor, keep)
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            _put(state.moments, f"{name}::{key}", value, keep)
    return state


def _put(found: dict[str, Tensor], name: str, tensor: Tensor, keep: bool) -> None:
    full = whole(tensor)
    if keep:  # put together one at a time: all of them need not fit into a GPU at once
        found[name] = full.contiguous() if full is tensor else full.cpu()


def write_state(folder: Path, state: State, progress: Progress) -> None:
    """Fill a checkpoint's folder. The caller seals and renames it."""
    save_file(_unshared(state.weights), folder / _WEIGHTS)
    save_file(state.moments, folder / _OPTIMIZER)
    (folder / _PROGRESS).write_text(json.dumps(asdict(progress), indent=2), encoding="utf-8")


def read_progress(folder: Path) -> Progress:
    """The progress of a checkpoint."""
    try:
        return Progress(**json.loads((folder / _PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"{folder / _PROGRESS} cannot be read: {error}.") from None


def read_weights(folder: Path, model: nn.Module, method: Method) -> None:
    """Put a checkpoint's weights into the model.

    Raises:
        CheckpointError: they belong to another model.
    """
    try:
        method.load_trained_state(model, load_file(folder / _WEIGHTS))
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(f"The weights in {folder} cannot be used: {error}") from None


def read_averages(folder: Path, model: nn.Module) -> None:
    """Put the averages of a checkpoint's weights into the model, which has those weights already.

    Raises:
        CheckpointError: they belong to another model.
    """
    saved = _moments(folder)
    try:
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                average = saved.get(f"{name}::{AVERAGE}")
                if average is not None:
                    parameter.copy_(average)
    except RuntimeError as error:
        raise CheckpointError(f"The averages of the weights in {folder} cannot be used: {error}") from None


def _moments(folder: Path) -> dict[str, Tensor]:
    try:
        return load_file(folder / _OPTIMIZER)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"The optimizer's state in {folder} cannot be read: {error}") from None


def restore(folder: Path, model: nn.Module, method: Method, optimizer: torch.optim.Optimizer) -> None:
    """Put weights and moments back, bit for bit.

    Raises:
        CheckpointError: a component is missing or belongs to another run.
    """
    read_weights(folder, model, method)
    saved = _moments(folder)
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        own = {key.rpartition("::")[2]: t for key, t in saved.items() if key.rpartition("::")[0] == name}
        if own:
            optimizer.state[parameter] = {
                key: t.to(parameter.device if key != "step" or _fused(optimizer) else "cpu") for key, t in own.items()
            }


def _fused(optimizer: torch.optim.Optimizer) -> bool:
    return bool(optimizer.defaults.get("fused"))


def _unshared(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copies of tensors that share memory with an earlier one: safetensors stores each by itself."""
    seen: set[int] = set()
    result = {}
    for name, tensor in tensors.items():
        pointer = tensor.data_ptr()
        result[name] = tensor.clone() if pointer in seen and tensor.numel() else tensor
        seen.add(pointer)
    return result
