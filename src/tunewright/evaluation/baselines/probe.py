"""The pretrained model, untouched, with a linear model on its mean output: what fine-tuning adds to."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.evaluation.baselines.attempt import Attempt, lesson, unteachable
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.linear import Grid, answered
from tunewright.evaluation.baselines.scikit import scikit_learn
from tunewright.evaluation.inference import infer
from tunewright.evaluation.subject import Split, Subject
from tunewright.inputs import Encoded
from tunewright.inputs.tokens import tokenize

__all__ = ["LinearProbe", "MeanPooled", "probe"]

GRID = Grid(inverse=(1e-3, 1e-2, 1e-1, 1.0), penalty=(1e5, 1e4, 1e3, 1e2, 1e1, 1.0))


class MeanPooled(nn.Module):
    """A bare model whose `logits` are its last hidden states, averaged over the tokens that are no padding.

    Of an encoder-decoder model the encoder alone is asked, and of a tower for pictures beside one for texts the first
    where there are no texts.
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        config: Any = getattr(body, "config", None)
        self.body = body.get_encoder() if getattr(config, "is_encoder_decoder", False) else body  # type: ignore[operator]

    def forward(self, **batch: Tensor) -> SimpleNamespace:
        """`logits` (rows, width), fp32: summed in fp32 whatever the states came in."""
        seeing = getattr(self.body, "vision_model", None) if "input_ids" not in batch else None
        states = (self.body if seeing is None else seeing)(**batch)[0].float()
        if states.ndim == 2:  # (rows, width): a vector for each row already
            return SimpleNamespace(logits=states)
        if states.ndim == 4:  # (rows, width, height, width of the map), as convolutions put it
            states = states.flatten(2).transpose(1, 2)
        if "attention_mask" not in batch:
            return SimpleNamespace(logits=states.mean(dim=1))
        seen = batch["attention_mask"]
        if seen.shape != states.shape[:2]:  # a mask over samples, and states of frames
            seen = self.body._get_feature_vector_attention_mask(states.shape[1], seen)  # type: ignore[operator]
        mask = seen.unsqueeze(-1).to(states.dtype)
        return SimpleNamespace(logits=(states * mask).sum(dim=1) / mask.sum(dim=1))


def probe(subject: Subject, measured: Split) -> Attempt:
    """Logistic (classes, labels) or ridge regression (numbers) on standardised frozen features.

    The linear probe of Alain & Bengio (2016), on the last layer averaged over tokens, in the subject's precision. The
    two texts of a pair are read apart, and stand beside their difference and product (Conneau et al. 2017): what a
    model says of both at once, without being tuned to, is weaker by far.
    """
    taught = lesson(subject)
    if reason := unteachable(subject, taught):
        return Attempt(None, (reason,))
    read = _reader(subject)
    states = [read(split) for split in (taught.rows, taught.choice, measured)]
    if not all(np.isfinite(part).all() for part in states):
        return Attempt(None, (f"left out: the pretrained model's outputs are not finite in {subject.precision}",))
    scaler = scikit_learn("preprocessing").StandardScaler().fit(states[0])
    rows, choice, asked = (scaler.transform(part) for part in states)
    scores, strength = answered(subject, taught, GRID, (rows, choice, asked))
    return Attempt(scores, (*taught.notes, f"{rows.shape[1]:,} frozen features; {strength}"))


def _reader(subject: Subject) -> Callable[[Split], NDArray[np.float32]]:
    """From a split to its features (rows, width)."""
    model = MeanPooled(subject.pretrained()).to(subject.device).eval()

    def pooled(encoded: Encoded) -> NDArray[np.float32]:
        states = infer(
            model,
            encoded,
            subject.inputs,
            device=subject.device,
            precision=subject.precision,
            token_budget=subject.token_budget,
        )
        if encoded.row_of is None:
            return states
        bounds = np.searchsorted(encoded.row_of, np.arange(len(encoded.full_lengths) + 1))
        sums: NDArray[np.float32] = np.add.reduceat(states, bounds[:-1], axis=0)
        return np.asarray(sums / np.diff(bounds)[:, None], dtype=np.float32)

    def read(split: Split) -> NDArray[np.float32]:
        if split.encoded.media is not None:
            return pooled(split.encoded)
        texts = subject.inputs.texts(split.table.columns)
        if not texts or isinstance(texts[0], str):
            return pooled(split.encoded)
        first, second = (
            pooled(tokenize([text[side] for text in texts], None, subject.tokenizer, subject.max_length))
            for side in (0, 1)
        )
        return np.concatenate([first, second, np.abs(first - second), first * second], axis=1)

    return read


class LinearProbe(Baseline):
    """The pretrained model, untouched, under a linear model: what fine-tuning adds to."""

    title: ClassVar[str] = "a linear model on the frozen pretrained model"

    kind: Literal["probe"] = "probe"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        return probe(subject, measured)
