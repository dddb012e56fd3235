"""Every kind of part, by family: a table of strings, imported on demand.

A third party adds a kind without touching this file, with an entry point in the group `tunewright.parts` whose name
is `family.kind`:

```toml
[project.entry-points."tunewright.parts"]
"method.bitfit" = "my_package.bitfit:BitFit"
```
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata

from tunewright.errors import Problem, RecipeError, near_miss
from tunewright.recipe.part import Part

__all__ = ["BUILTIN", "ENTRY_POINT_GROUP", "families", "kinds", "load"]

ENTRY_POINT_GROUP = "tunewright.parts"

BUILTIN: dict[str, dict[str, str]] = {
    "input": {
        "text": "tunewright.inputs.text:TextInput",
        "text+pair": "tunewright.inputs.text_pair:TextPairInput",
        "text+pair+negative": "tunewright.inputs.text_pair_negative:TextPairNegativeInput",
        "tokens": "tunewright.inputs.word_list:TokensInput",
        "image": "tunewright.inputs.image:ImageInput",
        "audio": "tunewright.inputs.audio:AudioInput",
        "image+text": "tunewright.inputs.image_text:ImageTextInput",
        "question+context": "tunewright.inputs.question_context:QuestionContextInput",
        "messages": "tunewright.inputs.messages:MessagesInput",
        "prompt+response": "tunewright.inputs.prompt_response:PromptResponseInput",
        "prompt+chosen+rejected": "tunewright.inputs.preference:PreferenceInput",
    },
    "task": {
        "classify": "tunewright.tasks.classify:Classify",
        "multilabel": "tunewright.tasks.multilabel:MultiLabel",
        "regress": "tunewright.tasks.regress:Regress",
        "tag": "tunewright.tasks.tag:Tag",
        "similarity": "tunewright.tasks.similarity:Similarity",
        "embed": "tunewright.tasks.embed:Embed",
        "translate": "tunewright.tasks.translate:Translate",
        "summarise": "tunewright.tasks.summarise:Summarise",
        "masked": "tunewright.tasks.masked:Masked",
        "language_model": "tunewright.tasks.language_model:LanguageModel",
        "answer": "tunewright.tasks.answer:Answer",
        "instruct": "tunewright.tasks.instruct:Instruct",
        "prefer": "tunewright.tasks.prefer:Prefer",
    },
    "loss": {
        "cross_entropy": "tunewright.losses.cross_entropy:CrossEntropy",
        "focal": "tunewright.losses.focal:Focal",
        "binary_cross_entropy": "tunewright.losses.binary_cross_entropy:BinaryCrossEntropy",
        "mse": "tunewright.losses.mse:MeanSquaredError",
        "cosent": "tunewright.losses.cosent:CoSENT",
        "info_nce": "tunewright.losses.info_nce:InfoNCE",
        "token_cross_entropy": "tunewright.losses.token_cross_entropy:TokenCrossEntropy",
        "dpo": "tunewright.losses.dpo:DPO",
        "span_cross_entropy": "tunewright.losses.span_cross_entropy:SpanCrossEntropy",
    },
    "method": {
        "full": "tunewright.methods.full:Full",
        "freeze": "tunewright.methods.freeze:Freeze",
        "lora": "tunewright.methods.lora:LoRA",
        "adapter": "tunewright.methods.adapter:Adapter",
    },
    "schedule": {
        "linear": "tunewright.training.schedules.linear:Linear",
        "cosine": "tunewright.training.schedules.cosine:Cosine",
        "constant": "tunewright.training.schedules.constant:Constant",
    },
    "probe": {
        "quality": "tunewright.evaluation.quality:Quality",
        "latency": "tunewright.evaluation.latency:Latency",
        "memory": "tunewright.evaluation.memory:Memory",
        "generate": "tunewright.evaluation.generate:Generate",
    },
    "baseline": {
        "majority": "tunewright.evaluation.baselines.majority:Majority",
        "tfidf": "tunewright.evaluation.baselines.tfidf:TfIdf",
        "pixels": "tunewright.evaluation.baselines.pixels:Pixels",
        "spectrum": "tunewright.evaluation.baselines.spectrum:Spectrum",
        "probe": "tunewright.evaluation.baselines.probe:LinearProbe",
        "dictionary": "tunewright.evaluation.baselines.dictionary:Dictionary",
        "overlap": "tunewright.evaluation.baselines.overlap:Overlap",
        "pretrained": "tunewright.evaluation.baselines.pretrained:Pretrained",
        "copy": "tunewright.evaluation.baselines.copy_source:CopySource",
        "nearest": "tunewright.evaluation.baselines.nearest:Nearest",
        "lead": "tunewright.evaluation.baselines.lead:Lead",
        "unigram": "tunewright.evaluation.baselines.unigram:Unigram",
        "longer": "tunewright.evaluation.baselines.longer:Longer",
        "sentence": "tunewright.evaluation.baselines.sentence:BestSentence",
        "silence": "tunewright.evaluation.baselines.silence:Silence",
    },
    "tracker": {
        "tensorboard": "tunewright.training.trackers.tensorboard:TensorBoard",
    },
}


@functools.cache
def _table() -> dict[str, dict[str, str]]:
    """Built-in kinds and those of installed packages; a built-in kind cannot be replaced from outside."""
    table = {family: dict(entries) for family, entries in BUILTIN.items()}
    for point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        family, _, kind = point.name.partition(".")
        if family not in table or not kind:
            raise RecipeError(
                f"The entry point {point.name!r} = {point.value!r} does not name a part.",
                [Problem(point.name, "is not family.kind", f"Families: {', '.join(table)}")],
            )
        if kind in BUILTIN[family]:
            raise RecipeError(
                f"The entry point {point.name!r} = {point.value!r} would replace a built-in {family}.",
                [Problem(point.name, "is taken", "Give the new part a kind of its own.")],
            )
        table[family][kind] = point.value
    return table


def families() -> tuple[str, ...]:
    """Names of the families of parts."""
    return tuple(_table())


def kinds(family: str) -> tuple[str, ...]:
    """Kinds known in a family, built-in ones first."""
    return tuple(_table()[family])


@functools.cache
def load(family: str, kind: str) -> type[Part]:
    """Import the class behind a kind.

    Raises:
        KeyError: the kind is unknown; the message holds the near miss and what is allowed.
        RecipeError: the part of another package cannot be imported or is no `Part`.
    """
    known = _table()[family]
    if kind not in known:
        hint = " ".join(filter(None, [near_miss(kind, known), f"Allowed: {', '.join(known)}."]))
        raise KeyError(f"there is no {family} of kind {kind!r}. {hint}")
    target = known[kind]
    module_name, _, class_name = target.partition(":")
    try:
        part = getattr(importlib.import_module(module_name), class_name)
    except Exception as error:
        if kind in BUILTIN[family]:
            raise
        raise RecipeError(f"The {family} {kind!r} ({target}) cannot be imported: {error}") from error
    if not (isinstance(part, type) and issubclass(part, Part)):
        raise RecipeError(f"The {family} {kind!r} ({target}) is not a class derived from tunewright.recipe.Part.")
    if (own := part.model_fields["kind"].default) != kind:
        raise RecipeError(f"The {family} {kind!r} ({target}) calls itself {own!r}: its recipes would not read back.")
    return part
