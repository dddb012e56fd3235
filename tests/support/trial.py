"""A tiny model under a method and a task, with rows of words: everything that one optimizer step needs."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tiny_models import FAMILIES, WORDS, shared_language_folder, shared_model_folder
from tiny_writers import WRITERS, shared_writer_folder
from torch import Tensor

from tunewright.data.entities import written
from tunewright.inputs import Batch, Encoded
from tunewright.inputs.preference import PreferenceInput
from tunewright.inputs.prompt_response import PromptResponseInput
from tunewright.inputs.question_context import QuestionContextInput
from tunewright.inputs.text import TextInput
from tunewright.inputs.text_pair import TextPairInput
from tunewright.inputs.text_pair_negative import TextPairNegativeInput
from tunewright.inputs.words import words_of
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.recipe import Training, catalog
from tunewright.tasks import Space
from tunewright.training.across import Across
from tunewright.training.optimizer import build_optimizer
from tunewright.training.sharding import shard
from tunewright.training.step import Stepper
from tunewright.training.world import World

ROWS = 16
METHODS = catalog.kinds("method")
TASKS = catalog.kinds("task")
WRITING = tuple(kind for kind in TASKS if catalog.load("task", kind).generates)
"""Tasks whose answers are texts that the model writes."""
_WRITERS = {"translate": WRITERS, "summarise": ("t5",)}
NEGATIVES = "negatives"
_LANGUAGE = ("AutoModelForMaskedLM", "AutoModelForCausalLM")


def suits(family: str, task: str) -> bool:
    """Whether a family can do a task: encoders foresee hidden words, decoders the next ones."""
    wanted = catalog.load("task", task).auto_class
    if task in WRITING or family in WRITERS:
        return family in _WRITERS.get(task, ())
    return wanted not in _LANGUAGE or (wanted == "AutoModelForCausalLM") == (family == "llama")


def folder_of(family: str, task: str) -> Path:
    """The shared model that a task starts from."""
    if family in WRITERS:
        return shared_writer_folder(family)
    language = catalog.load("task", task).auto_class in _LANGUAGE
    return shared_language_folder(family) if language else shared_model_folder(family)


FAMILY_TASKS = tuple((family, task) for family in (*FAMILIES, *WRITERS) for task in TASKS if suits(family, task))


def _step_losses() -> tuple[tuple[str, str], ...]:
    found = []
    for kind in TASKS:
        task = catalog.load("task", kind)()
        for name in catalog.kinds("loss"):
            loss = catalog.load("loss", name)
            if loss.across and task.learns in loss.target_kinds and task.loss.kind != name:
                found.append((kind, name))
    return tuple(found)


STEP_LOSSES = _step_losses()
"""(task, loss) for every loss over a whole step that is not its task's own; the others come with the task."""
WHOLE_STEPS = (*STEP_LOSSES, ("embed", NEGATIVES))
"""The same, and the task whose steps hold texts that are wrong."""
_FEW = {"adapter": ("bert", "llama", "mbart", "t5")}
"""Families that stand for all others under a method, where nothing is looked for that depends on the family."""
_ALL_WAYS = ("classify", "multilabel", "regress", "tag")
"""Tasks that every family learns by every method, but for those in `_FEW`. Of the others every family learns each in
full, and these by the other methods:"""
_STAND_INS = ("bert", "llama", "mbart", "t5")


def with_methods(families: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Families with each method that they try."""
    return tuple((family, method) for family in families for method in METHODS if family in _FEW.get(method, (family,)))


def _tried(family: str, method: str, task: str) -> bool:
    if task == "classify" or method == "full":
        return True
    if method in _FEW:
        return family == next((one for one in _FEW[method] if suits(one, task)), None)
    return task in _ALL_WAYS or family in _STAND_INS


COMBINATIONS = tuple((f, method, t) for f, t in FAMILY_TASKS for method in METHODS if _tried(f, method, t))
_KNOBS: dict[str, dict[str, Any]] = {"freeze": {"layers": 1}, "lora": {"rank": 4}, "adapter": {"width": 8}}
"""Fields of the methods whose defaults do not suit a model of two layers; any other method is taken as it is."""


def with_loss(task: str, loss: str) -> Any:
    """A task that makes another loss small than its own."""
    return catalog.load("task", task)(loss=loss)


def whole_step_trial(task: str, loss: str, **options: Any) -> Trial:
    """A trial of one of `WHOLE_STEPS`."""
    if loss == NEGATIVES:
        return Trial("bert", "full", task, negatives=True, **options)
    return Trial("bert", "full", with_loss(task, loss), **options)


def make_method(kind: str) -> Any:
    """A method of the catalogue, fit for tiny models."""
    return catalog.load("method", kind)(kind=kind, **_KNOBS.get(kind, {}))


def with_live_additions(bench: Any) -> Any:
    """What is added starts at zero, and what leads there has no gradient: move it, so that every gradient says
    something."""
    for parameter in bench.model.parameters():
        if parameter.requires_grad and parameter.ndim == 2 and not bool(parameter.any()):
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(1))
    return bench


def rows_of_words(rows: int, generator: np.random.Generator) -> list[str]:
    """Texts of 2 to 29 words."""
    return [" ".join(generator.choice(WORDS, n)) for n in generator.integers(2, 30, rows)]


def wrong_partners(rows: int, generator: np.random.Generator) -> list[Any]:
    """Cells of wrong partners: none, one, or a list of two."""
    found = rows_of_words(2 * rows, generator)
    return [(None, found[row], (found[row], found[rows + row]))[row % 3] for row in range(rows)]


def target_cells(target_kind: str, texts: list[str], generator: np.random.Generator) -> list[Any]:
    """A target column as a task is given it."""
    rows = len(texts)
    if target_kind == "none":
        return [None] * rows
    if target_kind == "text":
        return [" ".join(generator.choice(WORDS, n)) for n in generator.integers(1, 12, rows)]
    if target_kind == "answers":
        return [_answered(text, generator) for text in texts]
    if target_kind == "entities":
        return [_marked(text, generator) for text in texts]
    if target_kind == "label":
        return [f"c{v}" for v in generator.integers(0, 3, rows)]
    if target_kind == "labels":
        return ["|".join(c for c in "abc" if generator.random() < 0.5) for _ in range(rows)]
    return [f"{v:.3f}" for v in generator.normal(5, 3, rows)]


def _answered(text: str, generator: np.random.Generator) -> tuple[str, ...]:
    """One to three words of the text, or, one time in four, no answer."""
    words = words_of(text).tolist()
    at = int(generator.integers(len(words)))
    start, end = words[at][0], words[min(at + int(generator.integers(3)), len(words) - 1)][1]
    return (text, f"{start}:{text[start:end]}") if generator.random() < 0.75 else (text,)


def _marked(text: str, generator: np.random.Generator) -> tuple[str, ...]:
    """Entities of one to three words, all of one type."""
    words = words_of(text).tolist()
    found, position = [], 0
    while position < len(words):
        size = int(generator.integers(1, 4))
        if generator.random() < 0.3:
            found.append((words[position][0], words[min(position + size, len(words)) - 1][1], "x"))
        position += size
    return written(found)


def encoded_rows(
    task: Any, texts: list[str], tokenizer: Any, pairs: list[str] | None = None, wrong: list[Any] | None = None
) -> tuple[Any, dict[str, list[str]], Encoded]:
    """Texts as a task reads them: an input that suits it, its columns, and the tokens. Answers are a text's end."""
    inputs: Any = TextInput(text="t") if pairs is None else TextPairInput(text="t", pair="p")
    columns: dict[str, Any] = {"n": wrong} if wrong else {}
    inputs = TextPairNegativeInput(text="t", pair="p", negative="n") if wrong else inputs
    columns |= {"t": texts, "r": [" ".join(text.split()[-3:]) for text in texts], "p": pairs or texts}
    if task.misfit(inputs):
        inputs = PromptResponseInput(prompt="t", response="r")
    if task.misfit(inputs):
        inputs = QuestionContextInput(question="r", context="t")
    length = 64
    if task.misfit(inputs):
        columns["other"] = [" ".join(text.split()[:2]) + " end" for text in texts]
        inputs, length = PreferenceInput(prompt="t", chosen="r", rejected="other"), 128  # for both answers together
    encoded = inputs.encode(columns, tokenizer, length, words=task.words(), apart=task.apart)
    return inputs, columns, task.marked(encoded, tokenizer)


class Trial:
    """A model with rows, ready to take steps on the CPU; dropout is off unless asked for."""

    def __init__(
        self,
        family: str = "bert",
        method: str | Any = "full",
        task: str | Any = "classify",
        *,
        folder: Path | None = None,
        rows: int = ROWS,
        dropout: float = 0.0,
        precision: str = "fp32",
        world: World | None = None,
        training: Training | None = None,
        negatives: bool = False,
    ) -> None:
        kind = task if isinstance(task, str) else task.kind
        self.folder = folder or folder_of(family, kind)
        self.source = Source(family, str(self.folder))
        self.task = catalog.load("task", task)() if isinstance(task, str) else task
        self.tokenizer = self.source.tokenizer()
        self.task.ready(self.source.config(), self.tokenizer)
        self.method = make_method(method) if isinstance(method, str) else method
        generator = np.random.default_rng(0)
        self.texts = rows_of_words(rows, generator)
        self.cells = target_cells(self.task.target_kind, self.texts, generator)
        self.pairs = rows_of_words(rows, generator) if self.task.paired else None
        self.wrong = wrong_partners(rows, generator) if negatives else None
        read = encoded_rows(self.task, self.texts, self.tokenizer, self.pairs, self.wrong)
        self.inputs, self.columns, self.encoded = read
        aims = self.task.read_targets(self.cells, self.tokenizer, 64)
        self.encoded = self.encoded if aims is None else replace(self.encoded, targets=aims)
        self.space: Space = self.task.space(self.cells, "y", self.encoded)
        self.plain = self.task.model(
            self.source, self.space, LoadOptions(0, 0, dropout=dropout, attention_dropout=dropout)
        ).eval()
        self.space = self.task.settle(self.space, self.plain)
        self.truth = self.task.encode(self.cells, self.space, self.encoded)
        self.before = self.logits(self.plain)
        self.model = self.method.prepare(self.plain, 0)
        self.training = training or Training(max_grad_norm=None)
        self.precision, self.world = precision, world or World()
        self.note_start()
        self.restart()

    def note_start(self) -> None:
        """Keep weights and configuration as they are."""
        self.start = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.config = copy.deepcopy(vars(self.plain.config))

    def restart(self) -> Trial:
        """Weights and configuration as they were, an optimizer without memory."""
        vars(self.plain.config).clear()  # in place: every part of the model holds it
        vars(self.plain.config).update(copy.deepcopy(self.config))
        with torch.no_grad():
            for name, tensor in self.model.state_dict().items():
                tensor.copy_(self.start[name])
        return self._begin()

    def spread(self) -> Trial:
        """Each process of the world keeps a slice of the weights, which must be as they were at the start."""
        shard(self.model, self.plain, torch.device("cpu"), self.precision, self.world)
        return self._begin()

    def _begin(self) -> Trial:
        self.model.zero_grad(set_to_none=True)
        self.optimizer = build_optimizer(self.model, self.plain, self.training, self.training.learning_rate or 1e-3)
        self.stepper = Stepper(
            self.model,
            self.optimizer,
            make_batch=self.batch,
            loss_of=lambda model, batch: self.task.loss_of(model, batch, self.space),
            device=torch.device("cpu"),
            precision=self.precision,
            max_grad_norm=self.training.max_grad_norm,
            world=self.world,
            describe=lambda rows: "rows " + ", ".join(map(str, rows)),
            across=self._across() if self.task.across else None,
        )
        self.method.train_mode(self.model)
        return self

    def _across(self) -> Across:
        return Across(
            outputs_of=lambda model, batch: self.task.outputs(model, batch.arguments),
            targets_of=self.targets,
            loss_of=lambda outputs, targets: self.task.compute_loss(outputs, targets, self.space),
        )

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """A micro-batch of some rows."""
        return Batch(self.inputs.training_batch(self.encoded, rows, 0, 0), self.targets(rows))

    def targets(self, rows: NDArray[np.int64]) -> Tensor:
        """What the loss is given of some rows."""
        return torch.from_numpy(np.ascontiguousarray(self.task.targets(self.truth, self.encoded, rows, self.space)))

    @property
    def rows(self) -> NDArray[np.int64]:
        return np.arange(len(self.encoded))

    def gradient(self, pieces: list[NDArray[np.int64]]) -> tuple[dict[str, Tensor], float]:
        """The gradient of one step over these pieces, and its loss; the weights move too, once."""
        update = self.stepper.update(pieces, len(self.encoded), seed=0)
        return {n: p.grad.clone() for n, p in self.stepper.parameters.items() if p.grad is not None}, update.loss

    def step(self, steps: int = 1, first: int = 0) -> None:
        """Updates over all rows, each with the dropout of its number, counted from `first`."""
        for seed in range(first, first + steps):
            self.method.train_mode(self.model)
            self.stepper.update([self.rows], len(self.encoded), seed)

    def answers(self, outputs: Any, space: Space, encoded: Encoded | None = None) -> Any:
        """What outputs of all rows, or of those in `encoded`, mean."""
        return self.task.answers(np.asarray(outputs, dtype=np.float32), encoded or self.encoded, space)

    @torch.no_grad()
    def logits(self, model: Any, rows: NDArray[np.int64] | None = None) -> Tensor:
        """Outputs of a model in the mode it is in, as the task takes them, all rows in one batch."""
        return self.task.outputs(model, self.encoded.collate(self.rows if rows is None else rows))

    def weights(self) -> dict[str, Tensor]:
        """A copy of every tensor of the model."""
        return {name: tensor.clone() for name, tensor in self.model.state_dict().items()}


@functools.cache
def _made(family: str, method: str, task: str) -> Trial:
    return Trial(family, method, task)


def trial(family: str = "bert", method: str = "full", task: str = "classify") -> Trial:
    """A trial without dropout as if new: built once in this process, put back to its start on every call."""
    return _made(family, method, task).restart()
