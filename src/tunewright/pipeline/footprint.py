"""Peak memory of a run, added up from terms. Each term is a function of its own, measured against real runs by
benchmarks/memory_forecast.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tunewright.data.plan import StepPlan
from tunewright.evaluation.baselines.attempt import MOST_TRAINING_ROWS
from tunewright.evaluation.baselines.tfidf import FEWEST_FEATURES, MOST_FEATURES, MOST_WEIGHTS
from tunewright.inputs.wrong_partners import GIVEN, with_wrong_partners
from tunewright.models.activations import Kept, kept_for_backward
from tunewright.models.anatomy import anatomy, hidden_size, inner_model, input_embedding
from tunewright.models.attention import LONGEST_PLAIN
from tunewright.models.device import resident_bytes, thread_count
from tunewright.models.packing import takes_packed_rows
from tunewright.models.rows_in_use import rows_left_out
from tunewright.pipeline.prepare import Prepared
from tunewright.training.lanes import lane_count

__all__ = ["footprint"]

_WARM_UP = 130_000_000
"""Kernels, code pages and work space that a process on a CPU gathers in its first steps: measured."""
_STEPS_LOOKED_AT = 200
_SOLVER_VECTORS = 22
_FEATURES_A_TOKEN = 0.25
"""Words and pairs of words that stand in two rows at least, in natural texts: a high estimate."""


_LAYERS = ("num_hidden_layers", "n_layers", "encoder_layers", "depths")
_HEADS = ("num_attention_heads", "n_heads", "encoder_attention_heads", "num_heads")


@dataclass(frozen=True)
class _Batch:
    """A micro-batch without its values.

    Attributes:
        shapes: of every tensor that the forward takes.
        types: likewise.
        size: rows, and tokens, patches or frames of the longest.
    """

    shapes: dict[str, tuple[int, ...]]
    types: dict[str, torch.dtype]
    size: tuple[int, int]


def footprint(
    prepared: Prepared, model: nn.Module, plan: StepPlan, device: torch.device, precision: str
) -> dict[str, int]:
    """Bytes of each term at the run's highest point; their sum is the forecast.

    Args:
        prepared: the run.
        model: the architecture as the method prepared it, on "meta"; it cannot be used for anything else afterwards.
        plan: cuts the steps.
        device: where the run trains.
        precision: type of the matrix products.
    """
    prepared.parts.method.train_mode(model)
    lanes = lane_bytes_factor(prepared, model, device)
    packed = takes_packed_rows(model, device, prepared.parts.task.takes_packed)
    batches = [_shapes(prepared, rows) for rows in _widest(replace(plan, packed=packed, lanes=lanes))]
    try:
        kept = kept_for_backward(model, [one.shapes for one in batches], device, precision, batches[0].types)
    except Exception:  # a forward that looks into its values cannot be followed; a forecast may not stop a training
        kept = [_estimated(prepared, model, math.prod(batch.size), precision) for batch in batches]
    standing = {"process": process_bytes(device), "weights": weights_bytes(model)}
    unused = unused_row_bytes(prepared, model)
    moments = 2 if prepared.recipe.training.average_power is None else 3  # AdamW's, and the average of the weights
    training = {
        "gradients": lanes * (gradient_bytes(model) - unused),
        "moments": moments * (gradient_bytes(model) - unused),
        "activations": lanes * activation_bytes(prepared, model, batches, kept),
        "attention": lanes * attention_bytes(prepared, batches, device, precision),
        "casts": lanes * max(one.casts for one in kept),
        "word table": word_table_bytes(model, unused),
    }
    evaluation = {"baselines": baseline_bytes(prepared, model) if device.type == "cpu" else 0}
    return standing | max(training, evaluation, key=lambda terms: sum(terms.values()))


def process_bytes(device: torch.device) -> int:
    """Interpreter, libraries, rows and tokenizer as they are now, and what the first steps add; a GPU holds none."""
    return resident_bytes() + _WARM_UP if device.type == "cpu" else 0


def lane_bytes_factor(prepared: Prepared, model: nn.Module, device: torch.device) -> int:
    """Micro-batches that are computed at the same time, each with gradients, activations and casts of its own."""
    training = prepared.recipe.training
    tokens = float(prepared.train.encoded.costs.mean()) * training.batch_size
    return lane_count(model, device, thread_count(training.threads), tokens)


def weights_bytes(model: nn.Module) -> int:
    """fp32 weights, buffers included."""
    return _bytes([*model.parameters(), *model.buffers()])


def gradient_bytes(model: nn.Module) -> int:
    """fp32 gradients of what learns; they stand from a step's first backward to the next step."""
    return _bytes([p for p in model.parameters() if p.requires_grad])


def activation_bytes(prepared: Prepared, model: nn.Module, batches: Sequence[_Batch], kept: Sequence[Kept]) -> int:
    """What one micro-batch keeps for its backward; with checkpointing each layer's fp32 input, and one layer whole."""
    whole = [one.activations for one in kept]
    if not prepared.recipe.training.gradient_checkpointing:
        return max(whole)
    inner = inner_model(model)
    layers, width = len(anatomy(inner).layers), hidden_size(prepared.config)
    inputs = [4 * layers * width * math.prod(batch.size) for batch in batches]
    return max(min(all_of_it, kept_in + all_of_it // layers) for all_of_it, kept_in in zip(whole, inputs, strict=True))


def attention_bytes(prepared: Prepared, batches: Sequence[_Batch], device: torch.device, precision: str) -> int:
    """Weights for each pair of tokens, which attention by plain products keeps: on a CPU in bf16 alone."""
    if device.type != "cpu" or precision != "bf16":
        return 0
    layers, heads = _number(prepared, *_LAYERS), _number(prepared, *_HEADS)
    pairs = [rows * width**2 for rows, width in (batch.size for batch in batches) if width <= LONGEST_PLAIN]
    return 2 * layers * heads * max(pairs, default=0)


def unused_row_bytes(prepared: Prepared, model: nn.Module) -> int:
    """The rows of the word table that no training row uses: they have no gradient and no moments."""
    encoded = prepared.train.encoded
    ids = prepared.parts.task.ids_read(encoded, prepared.config)
    rows = rows_left_out(model, ids, encoded.pad_id)
    return 4 * rows * int(cast(Any, input_embedding(model)).embedding_dim) if rows else 0


def word_table_bytes(model: nn.Module, unused: int) -> int:
    """Beside the word table itself: the copy of its rows in use that learns, or, where the whole table learns, the
    gradient that one micro-batch makes, as large as the table, before it is added up."""
    table: Any = getattr(input_embedding(model), "weight", None)
    return _bytes([table]) - unused if table is not None and table.requires_grad else 0


def _estimated(prepared: Prepared, model: nn.Module, tokens: int, precision: str) -> Kept:
    """By rule of thumb: 17 numbers a token, layer and hidden unit (Korthikanti et al. 2022, eq. 1, with an attention
    kernel that does not keep its matrix), and a copy of every weight outside of the word table."""
    size = 4 if precision == "fp32" else 2
    layers = _number(prepared, *_LAYERS)
    table: Any = getattr(input_embedding(model), "weight", None)
    words = 0 if table is None else table.numel()
    casts = 0 if precision == "fp32" else 2 * (sum(p.numel() for p in model.parameters()) - words)
    return Kept(17 * size * tokens * layers * hidden_size(prepared.config), casts)


def baseline_bytes(prepared: Prepared, model: nn.Module) -> int:
    """The larger of the two baselines that evaluation fits once training is over and its gradients are gone.

    TF-IDF: a solver that remembers some twenty vectors as long as features times classes, in fp64. Probe: the
    pretrained model once more, and its features of the rows in fp32 and standardised.
    """
    quality: Any = next((probe for probe in prepared.recipe.evaluation if probe.kind == "quality"), None)
    sizes = [0]
    if quality is not None and "tfidf" in quality.baselines:
        outputs = len(prepared.space.names) if prepared.space.kind == "classes" else 1
        tokens = int(prepared.train.encoded.lengths.sum())
        features = min(MOST_FEATURES, max(FEWEST_FEATURES, MOST_WEIGHTS // outputs), int(_FEATURES_A_TOKEN * tokens))
        sizes.append(8 * _SOLVER_VECTORS * features * outputs)
    if quality is not None and "probe" in quality.baselines:
        rows = min(MOST_TRAINING_ROWS, len(prepared.train))
        sizes.append(weights_bytes(model) + 12 * rows * hidden_size(prepared.config))
    return max(sizes)


def _bytes(tensors: Sequence[torch.Tensor]) -> int:
    return sum(t.numel() * t.element_size() for t in tensors)


def _widest(plan: StepPlan) -> list[NDArray[np.int64]]:
    """Of the first steps' micro-batches those with most tokens, padding included, and with the longest row."""
    steps = range(min(_STEPS_LOOKED_AT, plan.steps_per_epoch))
    order = plan.order(0)
    pieces = [piece for step in steps for piece in plan.cut(plan.samples(step, order)) if len(piece)]
    if plan.packed:
        pieces = [_as_padded(piece, plan.lengths) for piece in pieces]
    tokens = max(pieces, key=lambda piece: len(piece) * int(plan.lengths[piece].max()))
    longest = max(pieces, key=lambda piece: (int(plan.lengths[piece].max()), len(piece)))
    return [tokens] if tokens is longest else [tokens, longest]


def _as_padded(pack: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """As many of a pack's longest rows as make a padded batch of its tokens."""
    own = lengths[pack]
    count = -(-int(own.sum()) // max(1, int(own.max())))
    return pack[np.argsort(-own, kind="stable")[:count]]


def _shapes(prepared: Prepared, rows: NDArray[np.int64]) -> _Batch:
    """Shapes of a micro-batch's tensors, as if it had padding."""
    encoded = prepared.train.encoded
    wrong = encoded.negatives is not None
    batch = with_wrong_partners(encoded, rows) if wrong else prepared.parts.inputs.collate(encoded, rows)
    shapes = {name: tuple(tensor.shape) for name, tensor in batch.items() if name not in ("marks", GIVEN)}
    types = {name: tensor.dtype for name, tensor in batch.items()}
    if encoded.targets is not None:
        shapes["decoder_input_ids"] = (len(rows), int(encoded.targets.lengths[rows].max(initial=1)))
    if "input_ids" in shapes:
        shapes = {"attention_mask": shapes["input_ids"]} | shapes
    return _Batch(shapes, types, (len(rows), int(encoded.lengths[rows].max())))


def _number(prepared: Prepared, *names: str) -> int:
    """A figure of the configuration by the first of its names that is there; a list of them is one for each stage."""
    text = prepared.config.get_text_config()
    found = next((value for name in names if (value := getattr(text, name, None))), 1)
    return sum(found) if isinstance(found, (list, tuple)) else int(found)
