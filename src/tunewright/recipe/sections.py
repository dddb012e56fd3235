"""The sections of a recipe that are not parts: what to read, how to train."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from tunewright.recipe.part import Part, Section
from tunewright.recipe.union import PartOf

__all__ = ["Data", "EarlyStopping", "Rows", "Training"]


def _rows(given: object) -> float | str | None:
    """`20%` becomes 0.2; another text is the name of a file."""
    hint = "A share is over 0 and under 1: 20% or 0.2; null takes no rows."
    if given is None:
        return None
    if isinstance(given, str) and given.strip() and not given.strip().endswith("%"):
        return given
    try:
        share = float(given.strip()[:-1]) / 100 if isinstance(given, str) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        share = -1.0
    if isinstance(given, bool) or not 0.0 < share < 1.0:
        if isinstance(given, int) and 1 < given < 100:
            hint = f"Did you mean {given}%? {hint}"
        raise PydanticCustomError("rows", "should be a file or a share of the rows", {"hint": hint})
    return share


Rows = Annotated[Annotated[float, Field(gt=0.0, lt=1.0)] | str | None, BeforeValidator(_rows)]
"""Where a split comes from: a file, or a share of the training rows, `20%` or `0.2`."""


class Data(Section):
    """Which rows are learned from and measured on, and which columns hold what."""

    train: str = Field(min_length=1)
    """File (csv, tsv, jsonl, json, parquet, txt, or a word and its tag a line), folder with one folder a class,
    `hub://NAME` or `sample://NAME`."""
    validation: Rows = 0.1
    """Rows that choose the best epoch: a file, or a share of the training rows (`10%`); null keeps the last epoch."""
    test: Rows = 0.2
    """Rows that are only measured on: a file, or a share of the training rows (`20%`); null measures on validation."""
    inputs: Annotated[Part, PartOf("input")]
    """Which columns the model reads: `{text: review}`, `{text: claim, pair: evidence}`, `{tokens: words}`,
    `{question: question, context: passage}`, `{messages: conversation}`, `{prompt: question, response: answer}`,
    `{prompt: question, chosen: better, rejected: worse}`, `{image: path}`, `{image: photo, text: title}`
    or `{audio: path}`."""
    target: str = ""
    """The column to be predicted; in files of a word and its tag a line, `tags`. Left out where the task learns from
    what it reads (`embed`, `masked`, `language_model`, `instruct`, `prefer`)."""
    group: str | None = Field(default=None, min_length=1)
    """Column whose equal values never part over two splits (a patient, a customer)."""
    on_long: Literal["cut", "window", "error"] = "cut"
    """What happens to text beyond `max_length`: `cut` keeps its start and reports the loss, `window` reads it all in
    overlapping pieces, `error` refuses."""
    overlap: int | None = Field(default=None, ge=0)
    """Tokens that two neighbouring windows share with `on_long: window`, at most half of one; null is a quarter."""
    max_length: int | None = Field(default=None, ge=4)
    """Longest input in tokens, special ones included; null takes the model's own maximum."""
    on_bad_row: Literal["error", "skip"] = "error"
    """What happens to a row that is ragged, unlabelled, empty or undecodable: refuse all, or skip it and report."""
    on_leak: Literal["drop", "keep"] = "drop"
    """What happens to a training row whose input also stands in validation or test: drop it, or keep it; reported."""
    encoding: str | None = None
    """Text encoding of the files (`gb18030`); null detects and reports it."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Character between the cells of csv files; null detects and reports it."""
    quoting: bool | None = None
    """Whether `\"` encloses cells (false: it is text like any other); null detects and reports it."""
    limit: int | None = Field(default=None, ge=1)
    """Use at most this many training rows, a seeded stratified draw; null uses all."""


class EarlyStopping(Section):
    """Stop when the best value of a metric has not been beaten for a while."""

    patience: int = Field(default=2, ge=1)
    """Validations without a better value before the run stops."""
    min_delta: float = Field(default=0.0, ge=0.0)
    """Smallest difference, in the metric's unit, that counts as better."""


_Decay = Annotated[float, Field(ge=0.0, lt=1.0)]


class Training(Section):
    """How the weights are moved."""

    epochs: float = Field(default=3.0, gt=0.0)
    """Passes over the training rows; a fraction stops inside a pass."""
    max_steps: int | None = Field(default=None, ge=1)
    """Stop after this many optimizer steps even if `epochs` asks for more."""
    batch_size: int = Field(default=32, ge=1)
    """Samples in one optimizer step, over the whole job; memory has no say in it, `token_budget` does."""
    token_budget: int | None = Field(default=None, ge=16)
    """Tokens in one forward on one device, padding included; null takes the device's default. The gradient is the same
    for any; with dropout other masks are drawn."""
    gradient_checkpointing: bool = False
    """Keeps only the input of each layer and computes the rest again in the backward: much less memory for activations,
    about a third more time, the same gradient to the bit."""
    learning_rate: float | None = Field(default=None, gt=0.0)
    """Peak step size; null takes the method's default for the model's width."""
    head_learning_rate: float | None = Field(default=None, gt=0.0)
    """Peak step size of the new head; null takes `learning_rate`."""
    weight_decay: float = Field(default=0.01, ge=0.0)
    """Decoupled decay (Loshchilov & Hutter 2019) of matrices; biases, norms and embeddings are spared."""
    betas: tuple[_Decay, _Decay] = (0.9, 0.999)
    """Decay rates of AdamW's running moments (Kingma & Ba 2015)."""
    epsilon: float = Field(default=1e-8, gt=0.0)
    """Term that keeps AdamW's division finite."""
    schedule: Annotated[Part, PartOf("schedule")] = Field(default="linear", validate_default=True)
    """How the learning rate rises and falls."""
    max_grad_norm: float | None = Field(default=1.0, gt=0.0)
    """Largest L2 norm of the whole gradient, larger ones are scaled down (Pascanu et al. 2013); null never clips."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Type of the matrix products; weights and optimizer stay fp32. `auto` measures which is fastest here."""
    dropout: float | None = Field(default=None, ge=0.0, lt=1.0)
    """Sets every dropout rate of the model but attention's; null keeps the model's own."""
    attention_dropout: float | None = Field(default=0.0, ge=0.0, lt=1.0)
    """Dropout of attention weights; over 0 rules out the fast attention kernel on CPU; null keeps the model's own."""
    average_power: float | None = Field(default=None, ge=0.0, le=100.0)
    """Validates and keeps the average of the weights over the steps so far, those of step t counted nearly in
    proportion to t to this power (Shamir & Zhang 2013): 0 is the plain mean, more counts later steps more; null keeps
    each step's."""
    select_by: str = "auto"
    """Validation metric that chooses the best model (`accuracy`, `f1_macro`, ..., `loss`: that of training); auto is
    the task's first."""
    early_stopping: EarlyStopping | None = None
    """Stop when validation no longer improves; null trains to the end."""
    validate_every: int | None = Field(default=None, ge=1)
    """Optimizer steps between validations; null validates after each epoch."""
    checkpoint_every: int | None = Field(default=None, ge=1)
    """Optimizer steps between checkpoints beside those of each validation; null adds none."""
    keep_checkpoints: int = Field(default=2, ge=1)
    """Newest valid checkpoints kept, beside the best one."""
    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of every random draw: split, order, new weights, dropout."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads of the matrix products; null takes OMP_NUM_THREADS, else the physical cores. Recorded: sums differ in
    the last bits."""
    sharding: Literal["none", "full"] = "none"
    """With several processes: `none` keeps the whole model in each; `full` keeps a slice of weights, gradients and
    moments in each (FSDP2), for models whose training does not fit into one GPU. The result is the same."""
    trackers: tuple[Annotated[Part, PartOf("tracker")], ...] = ()
    """Where else the curves go, beside journal.jsonl: `[tensorboard]`."""
