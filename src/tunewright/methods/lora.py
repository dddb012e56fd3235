"""Low-rank additions learn, through peft."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from pydantic import Field
from torch import nn

from tunewright.errors import Problem, RecipeError, near_miss
from tunewright.methods.method import Method
from tunewright.models.anatomy import anatomy
from tunewright.models.new_weights import new_modules

__all__ = ["LoRA"]


class LoRA(Method):
    """Small low-rank matrices beside the frozen weights learn (Hu et al. 2022), and the head in full.

    By default beside every linear layer of every transformer block, found by the model's shape: measured far better
    than the query and value projections alone, and it works on every architecture. The adapter is saved apart, and
    merged into `model/` too.
    """

    adds: ClassVar[bool] = True

    kind: Literal["lora"] = "lora"
    """Which method this is."""
    rank: int = Field(default=16, ge=1)
    """Rank of the added matrices: their capacity, and linearly their size."""
    alpha: float | None = Field(default=None, gt=0.0)
    """Scale of the addition is alpha / rank; null is twice the rank."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Dropout on the way into the added matrices."""
    target_modules: tuple[str, ...] | Literal["all-linear"] = "all-linear"
    """Names, or ends of names, of the linear layers to add to; `all-linear` is every one in the transformer blocks."""
    rank_stabilized: bool = False
    """Scale by alpha / sqrt(rank) instead (Kalajdzievski 2023), for ranks of 64 and more."""

    def prepare(self, model: nn.Module, seed: int) -> nn.Module:
        plain = cast(Any, model)
        config = LoraConfig(
            task_type=_task_type(plain),
            r=self.rank,
            lora_alpha=self.alpha if self.alpha is not None else 2 * self.rank,
            lora_dropout=self.dropout,
            use_rslora=self.rank_stabilized,
            target_modules=self._targets(plain),
            modules_to_save=new_modules(plain) or None,
            base_model_name_or_path=None,
        )
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            # peft asks transformers for an attribute by its old name, which is no business of the user's
            warnings.simplefilter("ignore", FutureWarning)
            torch.manual_seed(seed)
            return cast(nn.Module, get_peft_model(plain, config))

    def merge(self, model: nn.Module) -> nn.Module:
        return cast(nn.Module, cast(PeftModel, model).merge_and_unload())

    def save_adapter(self, model: nn.Module, folder: Path) -> None:
        cast(PeftModel, model).save_pretrained(str(folder), safe_serialization=True)

    def learning_rate(self, config: Any) -> float:
        """Ten times that of full training (Schulman et al. 2025, "LoRA Without Regret"), at most 2e-3."""
        return min(2e-3, 10 * super().learning_rate(config))

    def _targets(self, model: Any) -> list[str]:
        """Full names of the linear layers to add to."""
        inside = [
            f"{layer}.{name}"
            for layer in anatomy(model).layers
            for name, module in model.get_submodule(layer).named_modules()
            if isinstance(module, nn.Linear) and not _bypassed(model, f"{layer}.{name}")
        ]
        if self.target_modules == "all-linear":
            return inside
        head = tuple(f"{name}." for name in anatomy(model).head)
        everywhere = [
            name
            for name, module in model.named_modules()
            if isinstance(module, nn.Linear) and not f"{name}.".startswith(head)
        ]
        chosen = [n for n in everywhere if any(n == t or n.endswith(f".{t}") for t in self.target_modules)]
        ends = sorted({name.rpartition(".")[2] for name in inside})
        problems = [
            Problem(
                "method.target_modules",
                f"{target!r} names no linear layer of this model's body",
                f"{near_miss(target, ends)} Ends of names: {', '.join(ends)}.".strip(),
            )
            for target in self.target_modules
            if not any(n == target or n.endswith(f".{target}") for n in everywhere)
        ]
        if problems:
            raise RecipeError("The recipe cannot be used.", problems)
        return chosen


def _bypassed(model: nn.Module, name: str) -> bool:
    """Whether a layer's weight is read past the layer, so that what is added to it would never be computed."""
    return type(model.get_submodule(name.rpartition(".")[0])).__name__ == "WavLMAttention"


def _task_type(model: Any) -> TaskType | None:
    """What peft calls the task, which decides how an adapter is opened by itself.

    None leaves the model's arguments as they are: for masked words, and for pictures and sounds, to which every other
    kind of wrapper would hand `input_ids` on. A body without a head puts out features.
    """
    name = type(model).__name__
    if getattr(model, "main_input_name", "input_ids") != "input_ids" or name.endswith("ForMaskedLM"):
        return None
    if model.config.is_encoder_decoder and model.can_generate():
        return TaskType.SEQ_2_SEQ_LM
    if name.endswith(("ForCausalLM", "LMHeadModel")):
        return TaskType.CAUSAL_LM
    ends = {"ForTokenClassification": TaskType.TOKEN_CLS, "ForSequenceClassification": TaskType.SEQ_CLS}
    return next((kind for end, kind in ends.items() if name.endswith(end)), TaskType.FEATURE_EXTRACTION)
