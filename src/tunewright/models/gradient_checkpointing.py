"""Activations computed again in the backward instead of being kept (Chen et al. 2016): less memory, more time."""

from __future__ import annotations

import warnings
from typing import Any

from tunewright.errors import Problem, RecipeError
from tunewright.models.head import HEADS, HeadClass, refuse_family
from tunewright.models.masks import repeated_masks

__all__ = ["checkpoint_layers", "refuse_uncheckpointable"]


def refuse_uncheckpointable(config: Any, auto_class: HeadClass = "AutoModelForSequenceClassification") -> None:
    """Stop where transformers cannot recompute the layers of this architecture.

    Args:
        config: the model's.
        auto_class: what opens it.

    Raises:
        RecipeError: named after the field that asks for it; or no model of this family opens so.
    """
    refuse_family(config, auto_class)
    model_class: Any = HEADS[auto_class]._model_mapping[type(config)]
    if not getattr(model_class, "supports_gradient_checkpointing", False):
        raise RecipeError(
            "The recipe cannot be used.",
            [
                Problem(
                    "training.gradient_checkpointing",
                    f"is true, and {model_class.__name__} cannot compute its layers again",
                    "Set it to false. To save memory otherwise: a lower training.token_budget, or method.kind=freeze.",
                )
            ],
        )


def checkpoint_layers(model: Any) -> None:
    """Let each layer that is in training mode keep its input alone and run again in the backward.

    The second run draws the dropout of the first, torch's or that of a `MaskSource`, so gradients are the same to the
    bit. Nothing of it is saved.
    """
    options = {"use_reentrant": False, "preserve_rng_state": True, "context_fn": repeated_masks}
    if hasattr(model, "activation_checkpointing_enable"):
        model.activation_checkpointing_enable(options)
        return
    with warnings.catch_warnings():  # its name in transformers before 5.22, deprecated since
        warnings.simplefilter("ignore", FutureWarning)
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=options)
