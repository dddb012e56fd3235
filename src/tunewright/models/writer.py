"""Models that read one text and write another: encoder and decoder, loaded so that no weight is silently new."""

from __future__ import annotations

import copy
from typing import Any, cast

import torch
from torch import Tensor, nn

from tunewright.errors import UserError
from tunewright.models.anatomy import inner_model
from tunewright.models.head import HEADS
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers

__all__ = ["bare_writer", "decoder_vocabulary", "load_writer", "probing_ids", "shifted", "writes"]

_CLASS = HEADS["AutoModelForSeq2SeqLM"]
_PROBED_TOKENS = 16


def writes(config: Any) -> bool:
    """Whether an architecture reads with an encoder and writes with a decoder."""
    return bool(getattr(config, "is_encoder_decoder", False)) and type(config) in _CLASS._model_mapping


def load_writer(source: Source, options: LoadOptions) -> nn.Module:
    """The whole pretrained model, the layer that puts out words included.

    Raises:
        UserError: weights are missing from the source or have another shape there, so training would start from noise.
    """
    config = source.config()
    options.set_dropout(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        model, report = source.model(_CLASS, config)
    learned = {name for name, _ in model.named_parameters()}  # fixed tables and biases of zero are no parameters
    new = sorted(learned & set(report["missing_keys"]))
    unlike = sorted(
        f"{key} is {list(there)} there and {list(here)} in config.json"
        for key, there, here in report["mismatched_keys"]
    )
    if new or unlike:
        what = ", ".join(new[:4]) if new else "; ".join(unlike[:3])
        raise UserError(
            f"{source.name} {'lacks weights of' if new else 'holds weights of another shape than'} the model it says "
            f"it is: {what}{' ...' if len(new) > 4 or len(unlike) > 3 else ''}.\n"
            "  They would start from noise. Check that the folder is complete and that config.json belongs to it."
        )
    return model


def bare_writer(config: Any) -> nn.Module:
    """The architecture, weights not loaded: on the device "meta" it costs no memory."""
    with quiet_transformers():
        return cast(nn.Module, _CLASS.from_config(copy.deepcopy(config)))


def shifted(model: nn.Module, labels: Tensor) -> Tensor:
    """What the decoder reads while it learns to write `labels` (rows, tokens; -100 for padding): each token one place
    later, by the family's own rule for the first."""
    inner = inner_model(model)
    if hasattr(inner, "prepare_decoder_input_ids_from_labels"):
        return cast(Tensor, inner.prepare_decoder_input_ids_from_labels(labels=labels))
    moved = labels.new_full(labels.shape, inner.config.decoder_start_token_id)
    moved[:, 1:] = labels[:, :-1]
    return moved.masked_fill(moved == -100, inner.config.pad_token_id)


def decoder_vocabulary(config: Any) -> int:
    """Rows of the table that the decoder reads from."""
    return int(getattr(config, "decoder_vocab_size", None) or config.vocab_size)


def probing_ids(ids: Tensor, config: Any) -> Tensor:
    """Ids for the decoder that follow from the encoder's alone, so that every weight of a model can be compared without
    writing anything: its first 16, taken into the decoder's vocabulary."""
    return ids[:, :_PROBED_TOKENS] % decoder_vocabulary(config)
