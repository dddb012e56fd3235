"""A pretrained model without a head, as an encoder of texts: one vector of unit length for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from tunewright.errors import UserError
from tunewright.models.anatomy import anatomy, hidden_size
from tunewright.models.head import refuse_lost_layers, refuse_new_body
from tunewright.models.limits import positions_follow_padding
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers

__all__ = ["bare_encoder", "load_encoder", "text_vectors", "vector_width"]


def load_encoder(source: Source, options: LoadOptions) -> nn.Module:
    """The body of a pretrained model, to be pooled over its tokens.

    A pooler over the first token, which some families bring along, has no say in the mean over tokens: its weights are
    carried along unchanged, so that the saved model is whole, and count as no parameters.

    Raises:
        UserError: weights are missing from the source; or it writes text instead of reading it.
    """
    config = source.config()
    _refuse_writers(config, source.name)
    text = config.get_text_config()
    if text.pad_token_id is None or not positions_follow_padding(config):
        config.pad_token_id = text.pad_token_id = options.pad_token_id
    options.set_dropout(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        model, report = source.model(AutoModel, config)
    refuse_new_body(model, report, source)
    refuse_lost_layers(model, report, source)
    _retire_poolers(model)
    return model


def bare_encoder(config: Any) -> nn.Module:
    """The same architecture, weights not loaded: on the device "meta" it costs no memory.

    Raises:
        UserError: it writes text instead of reading it.
    """
    _refuse_writers(config, "The model")
    with quiet_transformers():
        model = cast(nn.Module, AutoModel.from_config(config))
    _retire_poolers(model)
    return model


def text_vectors(model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
    """The mean over each text's tokens of what the last layer puts out, brought to length 1: (texts, width), fp32."""
    states = model(**arguments)[0].float()
    mask = arguments.get("attention_mask")
    if mask is None:
        return functional.normalize(states.mean(dim=1), dim=-1)
    seen = mask.unsqueeze(-1).to(states.dtype)
    return functional.normalize((states * seen).sum(dim=1) / seen.sum(dim=1), dim=-1)


def vector_width(config: Any) -> int:
    """Numbers in a vector."""
    return hidden_size(config)


def _refuse_writers(config: Any, name: str) -> None:
    if getattr(config, "is_encoder_decoder", False):
        raise UserError(
            f"{name} is an encoder with a decoder, and vectors of texts are taken from an encoder alone.\n"
            "  Use a model that only reads, such as sample://minilm, BERT, RoBERTa, ModernBERT or a multilingual E5."
        )


def _retire_poolers(model: nn.Module) -> None:
    """Turn the weights of a pooler into buffers: saved like any weight, and learned by no method."""
    for name in anatomy(model).head:
        for module in model.get_submodule(name).modules():
            for key, parameter in list(module._parameters.items()):
                if parameter is not None:
                    del module._parameters[key]
                    module.register_buffer(key, parameter.detach())
