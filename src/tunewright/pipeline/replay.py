"""What frozen layers put out for the training rows: computed once, kept on the disk, replayed in every later epoch.

It holds for other seeds, other heads and other learning rates too, so that a second run does not compute it at all.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.data.plan import micro_batches
from tunewright.inputs import Encoded
from tunewright.models.anatomy import anatomy, hidden_size
from tunewright.models.packing import Packing
from tunewright.models.precision import autocast
from tunewright.models.prefix import can_skip_prefix, hidden_states, skippable_prefix
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.store import Store
from tunewright.records.arrays import mapped
from tunewright.records.cache import cache_limit
from tunewright.training.observer import Observer

__all__ = ["Replay", "replayed_layers"]

_FILE = "states.bin"
_VERSION = 1
"""To be raised when what is kept, or how it is computed, changes."""
_SPARE = 0.9
"""Share of the disk's free room that may be taken."""


@dataclass(frozen=True, eq=False)
class Replay:
    """Kept outputs of the first layers, and how the model is given them.

    Attributes:
        states: int16 (bf16 bits) or float32 (tokens, width), one row for each token of `encoded`.
        arguments: from the arguments of packed rows and their states to those that the model is called with.
    """

    encoded: Encoded
    states: NDArray[Any]
    arguments: Callable[[dict[str, Any], Tensor], dict[str, Any]]

    def given(self, packed: dict[str, Any], groups: Sequence[NDArray[np.int64]]) -> dict[str, Any]:
        """The arguments for packed rows with the outputs of their first layers, zeros where there is padding."""
        lengths = [self.encoded.lengths[group] for group in groups]
        real = np.concatenate([(np.arange(int(each.max())) < each[:, None]).ravel() for each in lengths])
        taken = _as_tensor(self.states[self.encoded.tokens_of(np.concatenate(groups))])
        states = torch.zeros(len(real), taken.shape[1])
        states[torch.from_numpy(np.flatnonzero(real))] = taken.float()
        return self.arguments(packed, states)


@contextmanager
def replayed_layers(
    prepared: Prepared, model: nn.Module, packing: Packing | None, precision: str, token_budget: int, observer: Observer
) -> Iterator[Replay | None]:
    """Kept outputs of the layers that the method leaves as they are; None where there are none, or where computing
    them once is no gain: another device than a CPU, a family that does not take packed rows, a single epoch."""
    layers = _layers(prepared, model)
    if packing is None or layers < 1 or not can_skip_prefix(model):
        yield None
        return
    states = _states(prepared, model, packing, layers, precision, token_budget, observer)
    if states is None:
        yield None
        return
    with skippable_prefix(model, layers) as arguments:
        yield Replay(prepared.train.encoded, states, arguments)


def _layers(prepared: Prepared, model: nn.Module) -> int:
    unchanging = prepared.parts.method.unchanging_layers(model)
    if unchanging < 1:
        return 0
    inner: Any = model.get_base_model() if hasattr(model, "get_base_model") else model  # type: ignore[operator]
    return min(unchanging, len(anatomy(inner).layers) - 1)


def _states(
    prepared: Prepared,
    model: nn.Module,
    packing: Packing,
    layers: int,
    precision: str,
    token_budget: int,
    observer: Observer,
) -> NDArray[Any] | None:
    """The kept outputs, made now if need be."""
    encoded, training = prepared.train.encoded, prepared.recipe.training
    dtype = "int16" if precision == "bf16" else "float32"
    width = hidden_size(prepared.config)
    store = Store.at(_key(encoded, model, layers, precision))
    if store is None or precision == "fp16":
        return None
    folder = store.open(observer.note)
    if folder is None:
        steps = -(-len(encoded) // training.batch_size)
        passes = min(float(training.epochs), (training.max_steps or np.inf) / steps)
        size = len(encoded.ids) * width * np.dtype(dtype).itemsize
        if passes <= 1.0 or not _room(store.root, size, observer):
            return None
        observer.phase(f"Computing what the {layers} frozen layers put out, once")
        with store.making(observer.note) as work:
            folder = store.open(observer.note)  # another process may have made it meanwhile
            if folder is None:
                _write(work / _FILE, prepared, model, packing, layers, precision, token_budget, observer, dtype, width)
                folder = store.commit(work)
    return mapped(folder / _FILE, dtype).reshape(-1, width)


def _write(
    path: Path,
    prepared: Prepared,
    model: nn.Module,
    packing: Packing,
    layers: int,
    precision: str,
    token_budget: int,
    observer: Observer,
    dtype: str,
    width: int,
) -> None:
    encoded = prepared.train.encoded
    kept = np.memmap(path, dtype=np.dtype(dtype).newbyteorder("<"), mode="w+", shape=(len(encoded.ids), width))
    pieces = micro_batches(np.arange(len(encoded), dtype=np.int64), encoded.lengths, token_budget)
    was_training, done = model.training, 0
    model.eval()
    with torch.inference_mode(), autocast(precision, packing.device):
        for piece in pieces:
            lengths = encoded.lengths[piece]
            packed = packing.arguments(encoded.pack([piece]), [lengths])
            states = hidden_states(model, layers, packed)
            real = torch.from_numpy((np.arange(int(lengths.max())) < lengths[:, None]).ravel())
            values = states[real].to(torch.bfloat16 if dtype == "int16" else torch.float32)
            bits = values.view(torch.int16) if dtype == "int16" else values
            kept[encoded.tokens_of(piece)] = bits.numpy()
            done += len(piece)
            observer.progress(done, len(encoded))
    kept.flush()
    model.train(was_training)


def _as_tensor(values: NDArray[Any]) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.view(torch.bfloat16) if tensor.dtype == torch.int16 else tensor


def _room(root: Path, size: int, observer: Observer) -> bool:
    """Whether so many bytes may be kept; says so where not."""
    root.mkdir(parents=True, exist_ok=True)
    free = int(shutil.disk_usage(root).free * _SPARE)
    if size <= min(free, cache_limit()):
        return True
    observer.note(
        f"The frozen layers are computed in every epoch: keeping what they put out would take {size / 2**30:.1f} GiB, "
        f"and {min(free, cache_limit()) / 2**30:.1f} GiB may be taken (the free disk, or TUNEWRIGHT_CACHE_GIB)."
    )
    return False


def _key(encoded: Encoded, model: nn.Module, layers: int, precision: str) -> str:
    """A hash over the rows, the frozen weights, and what computes them."""
    inner: Any = model.get_base_model() if hasattr(model, "get_base_model") else model  # type: ignore[operator]
    parts = anatomy(inner)
    versions = {name: importlib.metadata.version(name) for name in ("tunewright", "torch", "transformers")}
    described = {"frozen": _VERSION, "layers": layers, "precision": precision, "versions": versions}
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    digest.update(inner.config.to_json_string(use_diff=False).encode())
    for name in (*parts.embeddings, *parts.layers[:layers]):
        for key, tensor in sorted(inner.get_submodule(name).state_dict().items()):
            digest.update(f"{name}.{key}".encode())
            digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).tobytes())
    for array in (encoded.ids, encoded.offsets, encoded.types):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
