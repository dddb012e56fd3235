"""What a training will need, from sizes and one short measurement of this machine."""

from __future__ import annotations

import copy
from typing import Any

import torch

from tunewright.data.plan import StepPlan
from tunewright.models.anatomy import input_embedding
from tunewright.models.device import best_device, default_token_budget, thread_count, use_threads
from tunewright.models.dropout import dropout_settings
from tunewright.models.precision import DTYPES, choose_precision, matmul_rate
from tunewright.pipeline.footprint import footprint
from tunewright.pipeline.prepare import Prepared
from tunewright.records import Forecast
from tunewright.training.loop import total_steps

__all__ = ["forecast"]

_REACHED = 0.35  # share of the measured matmul rate that a step of a small model reaches; measured 0.3 to 0.45


def forecast(prepared: Prepared) -> Forecast:
    """Steps, memory and time of the training that `prepared` asks for, without loading the weights."""
    recipe, parts = prepared.recipe, prepared.parts
    device = best_device()
    budget = recipe.training.token_budget or default_token_budget(device)
    lengths, row_of = prepared.train.encoded.costs, prepared.row_of
    plan = StepPlan(lengths, recipe.training.batch_size, budget, recipe.training.seed, row_of=row_of)
    steps = total_steps(plan, recipe.training)
    with torch.device("meta"):
        model = parts.task.bare_model(_as_trained(prepared), prepared.space)
        model = parts.method.prepare(model, seed=0)
    parameters = sum(p.numel() for p in model.parameters())
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    precision = choose_precision(recipe.training.precision, device).name
    with use_threads(thread_count(recipe.training.threads)):
        rate = matmul_rate(DTYPES[precision], device)
    embedding = input_embedding(model)
    # words are looked up; patches and frames go through products
    looked_up = sum(p.numel() for p in embedding.parameters()) if isinstance(embedding, torch.nn.Embedding) else 0
    products = parameters - looked_up
    frozen_share = 1.0 if trainable > 0.5 * parameters else 0.67  # backward to frozen weights is left out
    memory = footprint(prepared, model, plan, device, precision)
    tokens = float(lengths.sum()) * min(steps / plan.steps_per_epoch, recipe.training.epochs)
    return Forecast(
        steps=steps,
        memory_bytes=sum(memory.values()),
        memory_terms=memory,
        seconds=6.0 * products * tokens * frozen_share / (_REACHED * rate),
        parameters=parameters,
        trainable=trainable,
        basis=f"6 operations a weight and token at {_REACHED:.0%} of {rate / 1e9:.0f} GFLOP/s ({precision}, "
        "measured now). Read the time as within a factor of two, the memory within a quarter.",
    )


def _as_trained(prepared: Prepared) -> Any:
    """The model's configuration with the recipe's dropout, which decides the attention kernel, and a padding id."""
    config, training = copy.deepcopy(prepared.config), prepared.recipe.training
    if getattr(config.get_text_config(), "pad_token_id", 0) is None:
        config.pad_token_id = config.get_text_config().pad_token_id = prepared.tokenizer.pad_token_id
    for name, value in dropout_settings(config, training.dropout, training.attention_dropout).items():
        setattr(config, name, value)
    return config
