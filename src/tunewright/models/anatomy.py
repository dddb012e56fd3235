"""Where things are in a transformer: embeddings, layers, head. Found by shape, not by a table of model names."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from torch import nn

from tunewright.errors import UserError

__all__ = ["Anatomy", "anatomy", "final_linear", "hidden_size", "inner_model", "input_embedding"]


_HEADS = frozenset(("projector", "classifier"))
_TOWERS = ("vision_model", "text_model")


@dataclass(frozen=True)
class Anatomy:
    """Names of modules (as in `model.named_modules()`), from input to output.

    Attributes:
        embeddings: modules that turn ids and positions into vectors, in the base model; relative positions too, which
            the first layer reads as much as the last.
        layers: one name a transformer layer, first to last; the encoder's before the decoder's; of two towers side by
            side those of the same depth together, so that the first so many are the lower ones of both.
        between: other modules of the base model that stand with the layers (final norms).
        head: modules on top: pooler, projection, classifier. They are new or made for another task, so every method
            trains them.
    """

    embeddings: tuple[str, ...]
    layers: tuple[str, ...]
    between: tuple[str, ...]
    head: tuple[str, ...]


def anatomy(model: Any) -> Anatomy:
    """Take a transformers model with a head apart.

    Raises:
        UserError: no stack of layers is found.
    """
    base_name = model.base_model_prefix
    base = getattr(model, base_name, model)
    prefix = "" if base is model else f"{base_name}."
    if _reads_and_writes(model, base):
        return _two_stacks(model, base, prefix)
    if all(isinstance(getattr(base, tower, None), nn.Module) for tower in _TOWERS):
        return _two_towers(model, base, prefix)
    stack_name, stack = _stack(base)
    layers = tuple(f"{prefix}{stack_name}.{index}" for index in range(len(stack)))
    embedding = input_embedding(model)
    reads_text = getattr(model, "main_input_name", "input_ids") == "input_ids"
    embeddings: list[str] = []
    between: list[str] = []
    head = [name for name, _ in model.named_children() if name != base_name] if base is not model else []
    pooled: list[str] = []
    # a family without a base model of its own (Whisper's encoder) has its head right beside the stack
    tops = {n for n, _ in model.named_children()} & _HEADS if base is model and not reads_text else set()
    for level, steps in zip(_beside(base, stack_name), _orders(base, stack_name), strict=True):
        for name, module in level.items():
            before = not reads_text and steps[name]
            if before or (reads_text and _embeds(module, level, embedding)):
                embeddings.append(prefix + name)
            elif "pooler" in name or name in tops:
                pooled.append(prefix + name)
            elif any(True for _ in module.parameters()):
                between.append(prefix + name)
    return Anatomy(tuple(embeddings), layers, tuple(between), (*pooled, *head))


def _reads_and_writes(model: Any, base: Any) -> bool:
    """Whether a model has an encoder and a decoder, and puts out words: a classifier on both is taken as one stack."""
    config = getattr(model, "config", None)
    both = all(isinstance(getattr(base, side, None), nn.Module) for side in ("encoder", "decoder"))
    return bool(getattr(config, "is_encoder_decoder", False)) and both and model.can_generate()


def _two_stacks(model: Any, base: Any, prefix: str) -> Anatomy:
    """Encoder and decoder, each with what stands beside its layers.

    The layer that puts out words is a head only where its weights are its own: as a rule they are the word embeddings',
    which are pretrained.
    """
    layers: list[str] = []
    embeddings = [f"{prefix}{name}" for name, module in base.named_children() if isinstance(module, nn.Embedding)]
    between: list[str] = []
    for side in ("encoder", "decoder"):
        part = getattr(base, side)
        stack_name, stack = _stack(part)
        layers += [f"{prefix}{side}.{stack_name}.{index}" for index in range(len(stack))]
        for name, module in (pair for level in _beside(part, stack_name) for pair in level.items()):
            if isinstance(module, nn.Embedding) or "embed" in name:
                embeddings.append(f"{prefix}{side}.{name}")
            elif any(True for _ in module.parameters()):
                between.append(f"{prefix}{side}.{name}")
    tables = {id(p) for name in embeddings for p in model.get_submodule(name).parameters()}
    outside = [(name, module) for name, module in model.named_children() if module is not base]
    top = outside if prefix else [(n, m) for n, m in outside if n not in ("encoder", "decoder", *embeddings)]
    head = [name for name, module in top if any(id(p) not in tables for p in module.parameters())]
    return Anatomy(tuple(embeddings), tuple(layers), tuple(between), tuple(head))


def _two_towers(model: Any, base: Any, prefix: str) -> Anatomy:
    """A tower for pictures and one for texts; what brings their vectors to one width is as pretrained as they are."""
    stacks: list[list[str]] = []
    embeddings: list[str] = []
    between = [name for name, module in base.named_children() if name not in _TOWERS and _learns(module)]
    for side in _TOWERS:
        part = getattr(base, side)
        stack_name, stack = _stack(part)
        stacks.append([f"{side}.{stack_name}.{index}" for index in range(len(stack))])
        for level, steps in zip(_beside(part, stack_name), _orders(part, stack_name), strict=True):
            for name in (name for name, module in level.items() if _learns(module)):
                (embeddings if steps[name] else between).append(f"{side}.{name}")
    layers = [layer for depth in zip_longest(*stacks) for layer in depth if layer is not None]
    head = [name for name, module in model.named_children() if module is not base] if base is not model else []
    before, inside, beside = (tuple(f"{prefix}{name}" for name in names) for names in (embeddings, layers, between))
    return Anatomy(before, inside, beside, tuple(head))


def _learns(module: nn.Module) -> bool:
    return any(True for _ in module.parameters())


def _stack(base: nn.Module) -> tuple[str, nn.ModuleList]:
    """The layers: the module list of like modules that holds most parameters."""
    best: tuple[int, str, nn.ModuleList] | None = None
    for name, module in base.named_modules():
        if not isinstance(module, nn.ModuleList) or len(module) == 0:
            continue
        if len({type(item) for item in module}) != 1:
            continue
        size = sum(p.numel() for p in module.parameters())
        if best is None or size > best[0]:
            best = (size, name, module)
    if best is None:
        raise UserError(f"No stack of transformer layers was found in {type(base).__name__}; use method: full.")
    return best[1], best[2]


def _beside(base: nn.Module, stack_name: str) -> list[dict[str, nn.Module]]:
    """Modules next to the path that leads to the stack, one mapping for each depth of it."""
    found: list[dict[str, nn.Module]] = []
    here, path = base, ""
    for step in stack_name.split("."):
        found.append({f"{path}{name}": module for name, module in here.named_children() if name != step})
        here, path = getattr(here, step), f"{path}{step}."
    return found


def _orders(base: nn.Module, stack_name: str) -> list[dict[str, bool]]:
    """For each depth of the path to the stack, whether a module beside it stands before it."""
    found: list[dict[str, bool]] = []
    here, path = base, ""
    for step in stack_name.split("."):
        names = [name for name, _ in here.named_children()]
        found.append({f"{path}{name}": names.index(name) < names.index(step) for name in names if name != step})
        here, path = getattr(here, step), f"{path}{step}."
    return found


def input_embedding(model: Any) -> nn.Module | None:
    """The module that turns what is read into vectors; None for families that name none."""
    try:
        found: nn.Module | None = model.get_input_embeddings()
    except NotImplementedError:
        return None
    return found


def _embeds(module: nn.Module, level: dict[str, nn.Module], embedding: nn.Module | None) -> bool:
    """Whether a module beside the stack has its part in the vectors that go into the first layer.

    A table of vectors does, and where the table is one of relative positions (DeBERTa) so does what stands beside it:
    its norm, and the convolution behind the first layer.
    """
    if any(inner is embedding for inner in module.modules()) or isinstance(module, nn.Embedding):
        return True
    relative = any(isinstance(other, nn.Embedding) for other in level.values())
    here = any(inner is embedding for other in level.values() for inner in other.modules())
    return relative and not here and any(True for _ in module.parameters())


def final_linear(model: nn.Module, outputs: int) -> tuple[str, nn.Linear]:
    """The last linear layer of a head, whose rows are the outputs.

    Raises:
        UserError: the head ends in something else.
    """
    body = getattr(model, "base_model_prefix", "")
    found = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear) and m.out_features == outputs]
    # some families (XLM-R) name their head before their body, which may hold layers of that width too
    on_top = [(name, linear) for name, linear in found if not body or not name.startswith(f"{body}.")]
    if not on_top:
        raise UserError(f"The head of {type(model).__name__} does not end in a linear layer of {outputs} outputs.")
    return on_top[-1]


def inner_model(model: Any) -> Any:
    """The transformers model inside a wrapper of peft; the model itself where there is none."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def hidden_size(config: Any) -> int:
    """Width of the model's hidden states."""
    text = config.get_text_config()
    several = getattr(text, "hidden_sizes", None)  # of models that merge patches on the way
    if several:
        return int(several[-1])
    return int(getattr(text, "hidden_size", None) or getattr(text, "dim", None) or text.d_model)
