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

from tunewright.data.plan import like_lengths, micro_batches
from tunewright.inputs import Encoded
from tunewright.models.anatomy import anatomy, hidden_size, inner_model
from tunewright.models.device import default_token_budget
from tunewright.models.packing import Packing
from tunewright.models.precision import autocast
from tunewright.models.prefix import can_skip_prefix, hidden_states, skippable_prefix
from tunewright.pipeline.prepare import Prepared
from tunewright.pipeline.store import Store
from tunewright.recipe import Training
from tunewright.records.arrays import mapped
from tunewright.records.cache import cache_limit
from tunewright.training.lanes import Lane, open_lanes
from tunewright.training.observer import Observer

__all__ = ["Replay", "replayed_layers"]

_FILE = "states.bin"
_VERSION = 2
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
        """The arguments for packed rows with the outputs of their first layers."""
        states = self.states[self.encoded.tokens_of(np.concatenate(groups))]
        return self.arguments(packed, _as_tensor(states).float())


@contextmanager
def replayed_layers(
    prepared: Prepared, model: nn.Module, packing: Packing | None, precision: str, token_budget: int, observer: Observer
) -> Iterator[Replay | None]:
    """Kept outputs of the layers that the method leaves as they are; None where there are none, or where computing
    them once is no gain: another device than a CPU, a family that does not take packed rows, a single epoch."""
    layers = _layers(prepared, model)
    if packing is None or packing.by_token or layers < 1 or not can_skip_prefix(model):
        yield None
        return
    width = hidden_size(prepared.config)
    prefix = _Prefix(prepared.train.encoded, model, packing, layers, precision, token_budget, width, observer)
    states = _states(prefix, prepared.recipe.training)
    if states is None:
        yield None
        return
    with skippable_prefix(model, layers) as arguments:
        yield Replay(prefix.encoded, states, arguments)


@dataclass(frozen=True, eq=False)
class _Prefix:
    """The layers whose outputs are kept, and what is needed to compute them."""

    encoded: Encoded
    model: nn.Module
    packing: Packing
    layers: int
    precision: str
    token_budget: int
    width: int
    observer: Observer

    @property
    def dtype(self) -> str:
        """Type of the file's items; numpy has no bf16, so its bits are kept."""
        return "int16" if self.precision == "bf16" else "float32"


def _layers(prepared: Prepared, model: nn.Module) -> int:
    unchanging = prepared.parts.method.unchanging_layers(model)
    if unchanging < 1:
        return 0
    inner = inner_model(model)
    return min(unchanging, len(anatomy(inner).layers) - 1)


def _states(prefix: _Prefix, training: Training) -> NDArray[Any] | None:
    """The kept outputs, made now if need be."""
    encoded, observer = prefix.encoded, prefix.observer
    store = Store.at(_key(encoded, prefix.model, prefix.layers, prefix.precision))
    if store is None or prefix.precision == "fp16":
        return None
    folder = store.open(observer.note)
    if folder is None:
        steps = -(-len(encoded) // training.batch_size)
        passes = min(float(training.epochs), (training.max_steps or np.inf) / steps)
        size = len(encoded.ids) * prefix.width * np.dtype(prefix.dtype).itemsize
        if passes <= 1.0 or not _room(store.root, size, observer):
            return None
        observer.phase(f"Computing what the {prefix.layers} frozen layers put out, once")
        with store.making(observer.note) as work:
            folder = store.open(observer.note)  # another process may have made it meanwhile
            if folder is None:
                _write(work / _FILE, prefix)
                folder = store.commit(work)
    return mapped(folder / _FILE, prefix.dtype).reshape(-1, prefix.width)


def _write(path: Path, prefix: _Prefix) -> None:
    """Compute the outputs of every token, by several threads, and write them in the order of the tokens."""
    encoded, model, packing = prefix.encoded, prefix.model, prefix.packing
    shape = (len(encoded.ids), prefix.width)
    kept = np.memmap(path, dtype=np.dtype(prefix.dtype).newbyteorder("<"), mode="w+", shape=shape)
    threads, budget = torch.get_num_threads(), prefix.token_budget
    budget = max(min(budget, default_token_budget(packing.device)), budget // threads)  # of each, at the same time
    pieces = micro_batches(np.arange(len(encoded), dtype=np.int64), encoded.lengths, budget)

    def compute(lane: Lane, piece: NDArray[np.int64]) -> None:
        if not len(piece):
            return
        groups = like_lengths(piece, encoded.lengths)
        packed = packing.arguments(encoded, groups)
        with torch.inference_mode(), autocast(prefix.precision, packing.device):
            states = hidden_states(lane.model, prefix.layers, packed)
        wanted = states.bfloat16().view(torch.int16) if prefix.precision == "bf16" else states.float()
        kept[encoded.tokens_of(np.concatenate(groups))] = wanted.numpy()

    was_training, done = model.training, 0
    model.eval()
    with open_lanes(model, min(threads, len(pieces)), packing.device) as lanes:
        for start in range(0, len(pieces), len(lanes)):
            side_by_side = pieces[start : start + len(lanes)]
            missing = [pieces[0][:0]] * (len(lanes) - len(side_by_side))
            lanes.map(compute, side_by_side + missing)
            done += sum(map(len, side_by_side))
            prefix.observer.progress(done, len(encoded))
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
    inner = inner_model(model)
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
