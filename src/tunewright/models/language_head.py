"""Language models: opened so that no weight is silently new, and asked for what their last layer reads."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import nn
from transformers import MODEL_FOR_MASKED_LM_MAPPING

from tunewright.errors import Problem, RecipeError, UserError
from tunewright.models.head import HEADS, HeadClass, refuse_family, refuse_lost_layers, refuse_new_body
from tunewright.models.load_options import LoadOptions
from tunewright.models.new_weights import note_missing
from tunewright.models.source import Source

__all__ = ["bare_language_model", "left_out", "load_language_model", "plain_head"]

_SCALED_AFTER = ("final_logit_softcapping", "logit_scale", "logits_scaling", "lm_head_multiplier", "output_multiplier")
"""Attributes of configurations that say that something is done to the logits behind the last linear layer."""


def load_language_model(source: Source, auto_class: HeadClass, options: LoadOptions, **attributes: Any) -> nn.Module:
    """A model that puts out tokens.

    Args:
        source: where it comes from.
        auto_class: for masked words the head may be missing, as it is from encoders that were trained for something
            else; it is drawn from the seed then.
        options: the seed, and rates of dropout.
        attributes: further ones of the configuration.

    Raises:
        UserError: weights are missing, or a causal model would see the tokens that it shall predict.
    """
    config = source.config()
    options.set_dropout(config)
    for name, value in attributes.items():
        setattr(config, name, value)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        model, report = source.model(HEADS[auto_class], config)
        refuse_new_body(model, report, source)
        refuse_lost_layers(model, report, source)
        note_missing(model, report["missing_keys"])
    if auto_class == "AutoModelForCausalLM":
        if report["missing_keys"]:
            new = ", ".join(sorted(report["missing_keys"])[:3])
            raise UserError(
                f"{source.name} has no head that puts out tokens: {new} would start from noise.\n"
                "  Use a model that was saved with its language head (AutoModelForCausalLM)."
            )
        _refuse_seeing_ahead(model, source)
    return model


@torch.no_grad()
def _refuse_seeing_ahead(model: nn.Module, source: Source) -> None:
    """Encoders open as causal models too; each token then sees the next one, and learns to copy it."""
    first = torch.tensor([[1, 2, 3, 4]])
    other = torch.tensor([[1, 2, 3, 5]])
    was = model.training
    model.eval()
    before, after = (cast(Any, model)(input_ids=ids).logits[0, :3] for ids in (first, other))
    model.train(was)
    if not torch.allclose(before, after, atol=1e-4):
        raise UserError(
            f"{source.name} reads in both directions: asked for the next token, it would look at it and copy.\n"
            "  For an encoder: task=masked. For language_model and instruct use a causal model (Llama, Qwen, GPT)."
        )


def plain_head(inner: Any) -> nn.Linear | None:
    """The linear layer whose outputs are the logits; None where more happens behind it, or inside it."""
    config, head = inner.config, inner.get_output_embeddings()
    scaled = any(getattr(config.get_text_config(), name, None) not in (None, 1, 1.0) for name in _SCALED_AFTER)
    if type(head) is not nn.Linear or scaled or hasattr(head.weight, "full_tensor"):
        return None
    return head


def _is_encoder(config: Any) -> bool:
    """Whether a configuration that opens as a causal model, too, sees ahead unless it is told not to."""
    decodes = getattr(config, "is_decoder", False) or getattr(config, "is_encoder_decoder", False)
    return type(config) in MODEL_FOR_MASKED_LM_MAPPING and not decodes and not getattr(config, "causal", False)


@contextmanager
def left_out(head: nn.Linear) -> Iterator[None]:
    """Inside, the head hands on what it is given. Each lane has modules of its own, so that nobody else sees it."""
    head.__dict__["forward"] = lambda hidden: hidden
    try:
        yield
    finally:
        del head.__dict__["forward"]


def bare_language_model(config: Any, auto_class: HeadClass) -> nn.Module:
    """The architecture without weights, on the current default device.

    Raises:
        RecipeError: the model's family has no such head, or is an encoder that would see the tokens it shall predict.
    """
    refuse_family(config, auto_class)
    if auto_class == "AutoModelForCausalLM" and _is_encoder(config):
        what = f"is of the family {config.model_type}, which reads in both directions: asked for the next token, it "
        hint = "For an encoder: task=masked. Else use a causal model (Llama, Qwen, GPT)."
        problem = Problem("model", f"{what}would look at it and copy", hint)
        raise RecipeError("The recipe cannot be used.", [problem])
    return cast(nn.Module, HEADS[auto_class].from_config(copy.deepcopy(config)))
