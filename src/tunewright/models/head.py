"""Models with a head for labels or a number, loaded so that no weight is silently new or silently kept."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, cast

import torch
from torch import nn
from transformers import (
    MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING,
    MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING,
    AutoModel,
    AutoModelForAudioClassification,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
)

from tunewright.errors import Problem, RecipeError, UserError
from tunewright.models.anatomy import anatomy, final_linear
from tunewright.models.limits import positions_follow_padding
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers
from tunewright.models.two_towers import ImageTextClassifier, is_joined

__all__ = [
    "HEADS",
    "HeadClass",
    "ProblemType",
    "bare_with_head",
    "fold_scale",
    "head_class",
    "load_with_head",
    "refuse_family",
    "refuse_lost_layers",
    "refuse_new_body",
    "refuse_other_sense",
]

ProblemType = Literal["single_label_classification", "multi_label_classification", "regression"]
HeadClass = Literal[
    "AutoModel",
    "AutoModelForSequenceClassification",
    "AutoModelForTokenClassification",
    "AutoModelForQuestionAnswering",
    "AutoModelForImageClassification",
    "AutoModelForAudioClassification",
    "AutoModelForSeq2SeqLM",
    "AutoModelForMaskedLM",
    "AutoModelForCausalLM",
    "ImageTextClassifier",
]
HEADS: dict[HeadClass, Any] = {
    "AutoModel": AutoModel,
    "AutoModelForSequenceClassification": AutoModelForSequenceClassification,
    "AutoModelForTokenClassification": AutoModelForTokenClassification,
    "AutoModelForImageClassification": AutoModelForImageClassification,
    "AutoModelForAudioClassification": AutoModelForAudioClassification,
    "AutoModelForSeq2SeqLM": AutoModelForSeq2SeqLM,
    "AutoModelForMaskedLM": AutoModelForMaskedLM,
    "AutoModelForCausalLM": AutoModelForCausalLM,
    "AutoModelForQuestionAnswering": AutoModelForQuestionAnswering,
    "ImageTextClassifier": ImageTextClassifier,
}
"""Classes that open a model, by their names: all but the first put a head on a pretrained body. All but the last, whose
head transformers has not, are transformers' own."""
_INSTEAD: dict[HeadClass, str] = {
    "AutoModelForMaskedLM": "Use an encoder (BERT, RoBERTa, ...), or task=language_model for a causal model.",
    "AutoModelForCausalLM": "Use a causal model (Llama, Qwen, GPT), or task=masked for an encoder.",
}
_BY_SENSE: tuple[tuple[HeadClass, Any], ...] = (
    ("AutoModelForImageClassification", MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING),
    ("AutoModelForAudioClassification", MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING),
)
_SENSES = frozenset(name for name, _ in _BY_SENSE)


def head_class(config: Any, wanted: HeadClass) -> HeadClass:
    """The class that gives a row one vector of outputs, for what this model reads: texts, pictures, sounds, or
    pictures with their texts."""
    if wanted != "AutoModelForSequenceClassification":
        return wanted
    if is_joined(config):
        return "ImageTextClassifier"
    return next((name for name, known in _BY_SENSE if type(config) in known), wanted)


def refuse_other_sense(config: Any, wanted: HeadClass) -> None:
    """Raise where a model of pictures or sounds is to read texts alone.

    Raises:
        RecipeError: its head would be one for what the rows do not hold.
    """
    sense = {"AutoModelForImageClassification": "pictures", "AutoModelForAudioClassification": "sounds"}.get(
        head_class(config, wanted)
    )
    if sense:
        what = f"is of the family {config.model_type}, which reads {sense}, and data.inputs names texts"
        hint = "Take a model that reads texts: `tunewright models` lists some for each task."
        raise RecipeError("The recipe cannot be used.", [Problem("model", what, hint)])


def load_with_head(
    source: Source,
    names: Sequence[str],
    problem_type: ProblemType | None,
    options: LoadOptions,
    auto_class: HeadClass = "AutoModelForSequenceClassification",
) -> nn.Module:
    """A model of `auto_class` whose outputs are `names`, in that order, and say so in its configuration.

    New weights are drawn from the seed. A source that already has a head for the same set of labels keeps it, its rows
    put in our order by name; any other head is made anew.

    Raises:
        UserError: weights of the body are missing from the source or have another shape there, so training would
            start from noise; or the source has more layers than its configuration says.
    """
    config = source.config()
    old_names = _label_names(config)
    config.num_labels = len(names)
    config.id2label = dict(enumerate(names))
    config.label2id = {name: index for index, name in enumerate(names)}
    config.problem_type = problem_type
    auto_class = head_class(config, auto_class)
    text = config.get_text_config()
    if auto_class not in _SENSES and (text.pad_token_id is None or not positions_follow_padding(config)):
        # A classifier on a causal model reads the last token that is not this one: with another id than the
        # tokenizer's it would read padding, and a row's outputs would depend on its neighbours in the batch.
        config.pad_token_id = text.pad_token_id = options.pad_token_id
    for part in (config, *(getattr(config, tower) for tower in config.sub_configs)):
        options.set_dropout(part)
    if hasattr(config, "apply_spec_augment"):
        # drawn from numpy's own generator, which no step seeds: a resumed run would hear other gaps
        config.apply_spec_augment = False
    if options.dropout is not None and auto_class == "AutoModelForTokenClassification":
        # decoder families take 0.1 before a head on tokens unless their configuration has this field, which it has not
        config.classifier_dropout = options.dropout
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        model, report = source.model(HEADS[auto_class], config)
        refuse_new_body(model, report, source)
        refuse_lost_layers(model, report, source)
        name, linear = final_linear(model, len(names))
        # a head for starts and ends is the same in every model, and none of them names its outputs
        if f"{name}.weight" not in report["missing_keys"] and auto_class != "AutoModelForQuestionAnswering":
            _map_head(linear, old_names, list(names), float(getattr(config, "initializer_range", 0.02)))
    return model


def bare_with_head(
    config: Any, outputs: int, auto_class: HeadClass = "AutoModelForSequenceClassification"
) -> nn.Module:
    """The architecture with a head of `outputs`, weights not loaded: on the device "meta" it costs no memory.

    Raises:
        RecipeError: the model's family has no such head.
    """
    changed = copy.deepcopy(config)
    changed.num_labels = outputs
    chosen = head_class(changed, auto_class)
    refuse_family(changed, chosen)
    with quiet_transformers():
        return cast(nn.Module, HEADS[chosen].from_config(changed))


def refuse_family(config: Any, auto_class: HeadClass) -> None:
    """Raise now what loading would, with all families of transformers in its message.

    Raises:
        RecipeError: no model of the configuration's family opens so.
    """
    if type(config) in HEADS[auto_class]._model_mapping:
        return
    what = f"is of the family {config.model_type}, which transformers cannot open as {auto_class}"
    hint = _INSTEAD.get(auto_class, "Take one that reads: `tunewright models` lists some for each task.")
    raise RecipeError("The recipe cannot be used.", [Problem("model", what, hint)])


def refuse_new_body(model: nn.Module, report: dict[str, Any], source: Source) -> None:
    """Stop where weights below the head would be drawn anew, or have another shape in the source."""
    head = tuple(f"{name}." for name in anatomy(model).head)
    new = [key for key in report["missing_keys"] if not key.startswith(head)]
    unlike = sorted(
        f"{key} is {list(there)} there and {list(here)} in config.json"
        for key, there, here in report["mismatched_keys"]
        if not key.startswith(head)
    )
    if unlike:
        raise UserError(
            f"{source.name} holds weights of another shape than its config.json says: {'; '.join(unlike[:3])}"
            f"{' ...' if len(unlike) > 3 else ''}.\n"
            "  They would start from noise. Check that config.json belongs to these weights."
        )
    if new:
        raise UserError(
            f"{source.name} lacks weights of the model it says it is: {', '.join(sorted(new)[:4])}"
            f"{' ...' if len(new) > 4 else ''}.\n"
            "  They would start from noise. Check that the folder is complete and that config.json belongs to it."
        )


def refuse_lost_layers(model: nn.Module, report: dict[str, Any], source: Source) -> None:
    """Stop where the source has more layers than its configuration says.

    Other weights may stay behind, such as the head for masked words; a layer is part of the model.
    """
    stacks = Counter(layer.rpartition(".")[0] for layer in anatomy(model).layers)
    for path, layers in stacks.items():
        stack = path.removeprefix(f"{getattr(model, 'base_model_prefix', '')}.")
        numbered = re.compile(rf"(?:^|\.){re.escape(stack)}\.(\d+)\.")
        found = [match for key in report["unexpected_keys"] if (match := numbered.search(key))]
        lost = sorted({int(match[1]) for match in found if int(match[1]) >= layers})
        if lost:
            raise UserError(
                f"{source.name} holds weights of {lost[-1] + 1} layers, and its config says {layers}.\n"
                "  The others would be left out in silence. Check that its config.json belongs to these weights."
            )


def _label_names(config: Any) -> list[str]:
    labels = getattr(config, "id2label", None) or {}
    return [str(labels[index]) for index in sorted(labels)]


def _map_head(linear: nn.Linear, old: list[str], new: list[str], spread: float) -> None:
    """Put the rows of an old head in the new order by name, or draw a new head where the labels differ."""
    with torch.no_grad():
        if sorted(old) == sorted(new) and linear.out_features == len(old) and old != new:
            order = torch.tensor([old.index(name) for name in new])
            linear.weight.copy_(linear.weight[order].clone())
            if linear.bias is not None:
                linear.bias.copy_(linear.bias[order].clone())
        elif sorted(old) != sorted(new):
            linear.weight.normal_(0.0, spread)
            if linear.bias is not None:
                linear.bias.zero_()


def fold_scale(model: nn.Module, mean: float, scale: float) -> None:
    """Turn a model of standardised numbers into one of raw numbers: y = scale * f(x) + mean, in the last layer.

    Raises:
        UserError: the last layer has no bias to take a mean other than 0.
    """
    _, linear = final_linear(model, 1)
    if linear.bias is None and mean != 0.0:
        raise UserError(f"The head of {type(model).__name__} has no bias, so a mean cannot be folded into it.")
    with torch.no_grad():
        linear.weight.mul_(scale)
        if linear.bias is not None:
            linear.bias.mul_(scale).add_(mean)
