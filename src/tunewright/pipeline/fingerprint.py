"""One hash over everything that decides the weights of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.plan import MOST_SHUFFLED
from tunewright.pipeline.prepare import Prepared

__all__ = ["fingerprint"]

# fields of the training section that leave every weight as it is
_WITHOUT_EFFECT = {
    "keep_checkpoints", "trackers", "threads", "token_budget", "checkpoint_every", "precision", "sharding",
    "gradient_checkpointing",
}  # fmt: skip
# fields that are younger than checkpoints that may be resumed, and what they are where nobody sets them
_LATER = {"average_power": None, "noise": 0.0, "mask_time": 0.0, "mask_frequency": 0.0}
_PIECE = 1 << 20


def fingerprint(prepared: Prepared) -> str:
    """sha256 over the pretrained weights, the encoded rows and targets of every split, and the recipe's choices.

    A checkpoint carries it, so that a run is never resumed with other data or another recipe than it began with.
    """
    recipe = prepared.recipe.model_dump(mode="json")
    chosen = {
        "task": recipe["task"],
        "method": recipe["method"],
        "training": _effective(recipe["training"]),
        "names": prepared.space.names,
    }
    if prepared.train.encoded.media is not None:  # what is drawn of a row follows from the input's own fields
        chosen["input"] = _effective(recipe["data"]["inputs"])
    if len(prepared.train) > MOST_SHUFFLED:  # named only here: runs in the common order keep their fingerprints
        chosen["order"] = "feistel"
    digest = hashlib.sha256(json.dumps(chosen, sort_keys=True, ensure_ascii=False).encode())
    digest.update(prepared.source.fingerprint().encode())
    refers, sought = prepared.parts.task.refers, prepared.parts.task.sought is not None
    for split in (prepared.train, prepared.validation, prepared.test):
        if split is not None:
            # what a model said before the training, and whom it took for near, follow from weights and rows, but to the
            # bit on one device alone
            truth = split.truth[:, :2] if sought else split.truth
            for array in (split.encoded.ids, split.encoded.offsets, split.encoded.marks if refers else truth):
                if array is not None:
                    _add(digest, array)
            if split.encoded.media is not None:
                _add(digest, split.encoded.media.content())
    return digest.hexdigest()


def _effective(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that decide about weights; later ones where they are set, so that older runs can be resumed."""
    return {
        name: value
        for name, value in fields.items()
        if name not in _WITHOUT_EFFECT and not (name in _LATER and value == _LATER[name])
    }


def _add(digest: Any, array: NDArray[Any]) -> None:
    """Feed an array's bytes in pieces: one that is mapped from disk is never held in memory as a whole."""
    for start in range(0, len(array), _PIECE):
        digest.update(np.ascontiguousarray(array[start : start + _PIECE]).data)
