"""What a training will need, from sizes and one short measurement of this machine."""

from __future__ import annotations

import copy
from typing import Any

import torch

from tunewright.data.plan import StepPlan
from tunewright.models.anatomy import input_embedding
from tunewright.models.device import best_device, default_token_budget, thread_count, use_threads
from tunewright.models.dropout import dropout_settings
from tunewright.models.new_weights import note_absent
from tunewright.models.precision import DTYPES, choose_precision, matmul_rate
from tunewright.pipeline.footprint import footprint
from tunewright.pipeline.mining import with_guessed
from tunewright.pipeline.prepare import Prepared
from tunewright.records import Forecast
from tunewright.training.averaging import refuse_unaveraged
from tunewright.training.loop import total_steps

__all__ = ["forecast"]

_REACHED = 0.35  # share of the measured matmul rate that a step of a small model reaches; measured 0.3 to 0.45

_GUESSED = (
    " Wrong partners are counted as if they were found already, each about as long as the second texts of your file; "
    "the comparison of all texts with all is not in the time."
)


def forecast(prepared: Prepared) -> Forecast:
    """Steps, memory and time of the training that `prepared` asks for, without loading the weights.

    Wrong partners that are still to be found are counted, and the time that it takes to find them.

    Raises:
        RecipeError: the model's architecture cannot carry what the recipe asks for.
    """
    known = prepared.train.encoded
    prepared = with_guessed(prepared)
    recipe, parts = prepared.recipe, prepared.parts
    device = best_device()
    budget = recipe.training.token_budget or default_token_budget(device)
    lengths, row_of = prepared.train.encoded.costs, prepared.row_of
    plan = StepPlan(lengths, recipe.training.batch_size, budget, recipe.training.seed, row_of=row_of)
    steps = total_steps(plan, recipe.training)
    with torch.device("meta"):
        model = parts.task.bare_model(_as_trained(prepared), prepared.space)
        if recipe.training.average_power is not None:
            refuse_unaveraged(model)
        names = prepared.source.weight_names()
        if parts.task.auto_class == "AutoModelForMaskedLM" and names is not None:
            note_absent(model, names)  # its head may be drawn anew, and learns under every method then
        model = parts.method.prepare(model, seed=0)
    parameters = sum(p.numel() for p in model.parameters())
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    precision = choose_precision(recipe.training.precision, device).name
    searched = 0.0 if known is prepared.train.encoded else float(known.computed.sum())  # with_mined reads all in fp32
    with use_threads(thread_count(recipe.training.threads)):
        rate = matmul_rate(DTYPES[precision], device)
        plain_rate = matmul_rate(DTYPES["fp32"], device) if searched and precision != "fp32" else rate
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
        seconds=products / _REACHED * (6.0 * tokens * frozen_share / rate + 2.0 * searched / plain_rate),
        parameters=parameters,
        trainable=trainable,
        basis=f"6 operations a weight and token at {_REACHED:.0%} of {rate / 1e9:.0f} GFLOP/s ({precision}, "
        "measured now). Read the time as within a factor of two, the memory within a quarter."
        + (_GUESSED if searched else ""),
    )


def _as_trained(prepared: Prepared) -> Any:
    """The model's configuration with the recipe's dropout, which decides the attention kernel, and a padding id."""
    config, training = copy.deepcopy(prepared.config), prepared.recipe.training
    if getattr(config.get_text_config(), "pad_token_id", 0) is None:
        config.pad_token_id = config.get_text_config().pad_token_id = prepared.tokenizer.pad_token_id
    for name, value in dropout_settings(config, training.dropout, training.attention_dropout).items():
        setattr(config, name, value)
    return config
