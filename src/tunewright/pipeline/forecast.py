"""What a training will need, from sizes and one short measurement of this machine."""

from __future__ import annotations

from typing import Any, cast

import torch

from tunewright.data.plan import StepPlan
from tunewright.models.device import best_device, default_token_budget, thread_count, use_threads
from tunewright.models.precision import DTYPES, choose_precision, matmul_rate
from tunewright.pipeline.prepare import Prepared
from tunewright.records import Forecast
from tunewright.training.loop import total_steps

__all__ = ["forecast"]

_PROCESS_BYTES = 550_000_000  # Python, torch and transformers before any weight: measured on Linux, CPU build
_REACHED = 0.35  # share of the measured matmul rate that a step of a small model reaches; measured 0.3 to 0.45


def forecast(prepared: Prepared) -> Forecast:
    """Steps, memory and time of the training that `prepared` asks for, without loading the weights."""
    recipe, parts = prepared.recipe, prepared.parts
    device = best_device()
    budget = recipe.training.token_budget or default_token_budget(device)
    plan = StepPlan(prepared.train.encoded.lengths, recipe.training.batch_size, budget, recipe.training.seed)
    steps = total_steps(plan, recipe.training)
    with torch.device("meta"):
        model = parts.task.bare_model(prepared.config, prepared.space)
        model = parts.method.prepare(model, seed=0)
    parameters = sum(p.numel() for p in model.parameters())
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    precision = choose_precision(recipe.training.precision, device).name
    per_forward = max(budget, int(prepared.train.encoded.lengths.max()))
    memory = (
        (_PROCESS_BYTES if device.type == "cpu" else 0)
        + 4 * parameters
        + 12 * trainable
        + (0 if precision == "fp32" else 2 * parameters)
        + _activations(prepared.config, per_forward, 4 if precision == "fp32" else 2)
    )
    with use_threads(thread_count(recipe.training.threads)):
        rate = matmul_rate(DTYPES[precision], device)
    embedding = cast(Any, model).get_input_embeddings()
    products = parameters - sum(p.numel() for p in embedding.parameters())
    frozen_share = 1.0 if trainable > 0.5 * parameters else 0.67  # backward to frozen weights is left out
    tokens = float(prepared.train.encoded.lengths.mean()) * min(
        steps * recipe.training.batch_size, recipe.training.epochs * len(prepared.train.encoded)
    )
    return Forecast(
        steps=steps,
        memory_bytes=int(memory),
        seconds=6.0 * products * tokens * frozen_share / (_REACHED * rate),
        parameters=parameters,
        trainable=trainable,
        basis=f"6 operations a weight and token at {_REACHED:.0%} of {rate / 1e9:.0f} GFLOP/s ({precision}, "
        "measured now); memory from weights, gradients, moments and activations. Read the time as "
        "within a factor of two.",
    )


def _activations(config: Any, tokens: int, bytes_each: int) -> int:
    """Kept for the backward pass: about 17 numbers a token, layer and hidden unit (Korthikanti et al. 2022, eq. 1, with
    an attention kernel that does not keep its matrix)."""
    text = config.get_text_config()
    layers = getattr(text, "num_hidden_layers", None) or text.n_layers
    hidden = getattr(text, "hidden_size", None) or text.dim
    return int(17 * bytes_each * tokens * layers * hidden)
