"""One optimizer step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from trial import ROWS, Trial, trial

from tunewright.errors import NonFiniteError, ResourceError
from tunewright.inputs import Batch
from tunewright.losses import LossSum
from tunewright.recipe import Training
from tunewright.training.step import Stepper
from tunewright.training.world import World

ALL = np.arange(ROWS)


def stepper(
    model: nn.Module,
    make_batch: Callable[..., Batch],
    loss_of: Callable[..., LossSum],
    optimizer: Any,
    **options: Any,
) -> Stepper:
    return Stepper(
        model,
        optimizer,
        make_batch=make_batch,
        loss_of=loss_of,
        device=torch.device("cpu"),
        precision="fp32",
        max_grad_norm=options.get("max_grad_norm"),
        world=World(),
        describe=lambda rows: "data.csv:" + ",".join(str(row + 2) for row in rows),
    )


def broken(bench: Trial, loss: Callable[[Tensor, Tensor], LossSum]) -> Trial:
    """A trial whose loss goes wrong."""
    bench.stepper.loss_of = lambda model, batch: loss(model(**batch.arguments).logits, batch.targets)
    return bench


def plain_loss(bench: Trial) -> Callable[[Tensor, Tensor], LossSum]:
    """The loss that a trial's task takes of logits and targets."""
    return lambda logits, targets: bench.task.compute_loss(logits, targets, bench.space)


def test_an_update_says_what_it_did() -> None:
    """Danger: rows/s and tokens/s computed from something else than what was computed."""
    bench = trial("bert")
    pieces = np.array_split(ALL, 4)
    update = bench.stepper.update(pieces, ROWS, seed=0)
    assert update.rows == ROWS
    assert update.tokens == sum(int(bench.encoded.lengths[p].max()) * len(p) for p in pieces)
    assert update.seconds > 0
    assert not update.skipped
    gradients = [p.grad for p in bench.stepper.parameters.values() if p.grad is not None]
    norm = torch.sqrt(sum(gradient.double().square().sum() for gradient in gradients))
    assert update.grad_norm == pytest.approx(float(norm), rel=1e-5)


@pytest.mark.parametrize("limit", [0.01, 0.5, 1e6])
def test_clipping_is_torchs(limit: float) -> None:
    """Danger: clipping each micro-batch, or each parameter, instead of the whole gradient once."""
    bench = Trial("bert", training=Training(max_grad_norm=limit))
    update = bench.stepper.update(np.array_split(ALL, 3), ROWS, seed=0)
    clipped = {n: p.grad.clone() for n, p in bench.stepper.parameters.items() if p.grad is not None}
    whole, _ = trial("bert").gradient([ALL])
    peers = [nn.Parameter(torch.zeros_like(tensor)) for tensor in whole.values()]
    for peer, tensor in zip(peers, whole.values(), strict=True):
        peer.grad = tensor
    norm = nn.utils.clip_grad_norm_(peers, limit)
    assert update.grad_norm == pytest.approx(float(norm), rel=1e-5)
    for name, peer in zip(whole, peers, strict=True):
        assert torch.allclose(clipped[name], peer.grad, atol=1e-6)
    total = torch.sqrt(sum(tensor.square().sum() for tensor in clipped.values()))
    assert float(total) <= limit * 1.001


def test_never_clipping() -> None:
    """Danger: `null` taken for zero."""
    bench = trial("bert")
    assert bench.training.max_grad_norm is None
    assert bench.stepper.update([ALL], ROWS, seed=0).grad_norm > 0


def test_dropout_follows_the_seed_of_the_step() -> None:
    """Danger: a step that cannot be replayed after a shortage of memory or a kill."""
    bench = Trial("bert", dropout=0.5)
    losses = []
    for seed in (1, 1, 2):
        torch.rand(7)
        bench.restart()
        losses.append(bench.stepper.update([ALL], ROWS, seed).loss)
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("kind", ["loss", "gradient"])
def test_what_is_not_finite_stops_before_the_update(kind: str) -> None:
    """Danger: transformers' trainer writes NaN into every weight, logs 0.0 and ends as if all were well."""
    bench = trial("bert")
    bench.stepper.update([ALL], ROWS, seed=0)
    before, moments = bench.weights(), {k: v.clone() for k, v in next(iter(bench.optimizer.state.values())).items()}
    plain = plain_loss(bench)

    def poisoned(logits: Tensor, targets: Tensor) -> LossSum:
        total, weight = plain(logits, targets)
        if kind == "loss":
            return LossSum(total * torch.nan, weight)
        # a finite value whose derivative is infinite
        return LossSum(total + (logits.sum() * 0).abs().sqrt(), weight)

    with pytest.raises(NonFiniteError) as caught:
        broken(bench, poisoned).stepper.update([ALL[:8], ALL[8:]], ROWS, seed=1)
    text = str(caught.value)
    assert f"the {'loss is nan' if kind == 'loss' else 'gradient' + chr(39) + 's norm is'}" in text
    assert "Gradients that are not finite:" in text
    assert "bert." in text or "classifier." in text
    assert "learning_rate" in text
    assert all(torch.equal(tensor, before[name]) for name, tensor in bench.weights().items())
    now = next(iter(bench.optimizer.state.values()))
    assert all(torch.equal(now[key], moments[key]) for key in moments)
    assert all(p.grad is None for p in bench.stepper.parameters.values())


def test_the_offending_rows_are_named() -> None:
    """Danger: `loss is NaN` and ten thousand rows to look through."""
    bench = trial("bert")
    plain = plain_loss(bench)
    bad = {3, 11}

    def make(rows: np.ndarray) -> Batch:
        batch = bench.batch(rows)
        return Batch(batch.arguments, torch.stack([batch.targets, torch.tensor([int(r in bad) for r in rows])]))

    def loss(logits: Tensor, both: Tensor) -> LossSum:
        total, weight = plain(logits, both[0])
        return LossSum(total + torch.where(both[1].any(), torch.inf, 0.0), weight)

    bench.stepper.make_batch = make
    with pytest.raises(NonFiniteError, match="Rows whose loss is not finite: rows 3, 11") as caught:
        broken(bench, loss).stepper.update(np.array_split(ALL, 4), ROWS, seed=0)
    assert "the loss is inf" in str(caught.value)


def test_weights_that_are_broken_already_are_named() -> None:
    """Danger: rows blamed for weights that an earlier step has broken."""
    bench = trial("bert")
    with torch.no_grad():
        bench.plain.classifier.weight[0, 0] = torch.nan
    with pytest.raises(NonFiniteError, match=r"Weights that are not finite already: classifier\.weight"):
        bench.stepper.update([ALL], ROWS, seed=0)


def test_long_lists_of_names_are_cut_short() -> None:
    """Danger: two hundred parameter names, and the advice scrolled away."""
    bench = broken(trial("bert"), lambda logits, targets: LossSum(logits.sum() * torch.nan, float(len(logits))))
    with pytest.raises(NonFiniteError, match=r"and \d+ more") as caught:
        bench.stepper.update([ALL], ROWS, seed=0)
    assert max(len(line) for line in str(caught.value).splitlines()) < 400


def test_weights_other_than_rows_divide_the_step() -> None:
    """Danger: a loss over label tokens divided by rows: long rows then pull harder than short ones."""
    first, second = trial("bert"), Trial("bert")
    plain = plain_loss(first)

    def by_tokens(logits: Tensor, targets: Tensor) -> LossSum:
        total, weight = plain(logits, targets)
        return LossSum(total, weight * 5)

    whole, loss = first.gradient([ALL])
    fifth, fifth_loss = broken(second, by_tokens).gradient(np.array_split(ALL, 3))
    assert fifth_loss == pytest.approx(loss / 5, rel=1e-5)
    for name, tensor in whole.items():
        assert torch.allclose(fifth[name], tensor / 5, atol=1e-7)


def test_a_step_forgets_the_last_one() -> None:
    """Danger: gradients of two steps added up."""
    bench = trial("bert")
    bench.stepper.update([ALL], ROWS, seed=0)
    again = Trial("bert")
    again.stepper.update([ALL[:3]], 3, seed=0)
    again.restart()
    with torch.no_grad():
        for name, parameter in again.stepper.parameters.items():
            parameter.copy_(bench.stepper.parameters[name])
    ours, _ = bench.stepper.update([ALL[:5]], 5, seed=1), None
    theirs = again.stepper.update([ALL[:5]], 5, seed=1)
    assert ours.loss == theirs.loss
    assert ours.grad_norm == theirs.grad_norm


def test_bf16_sees_the_weights_of_this_step() -> None:
    """Danger: weights cast once and kept: the second step would compute with those of the first."""
    bench = Trial("bert", precision="bf16", training=Training(max_grad_norm=None, learning_rate=0.05))
    losses = [bench.stepper.update([ALL[:8], ALL[8:]], ROWS, seed=0).loss for _ in range(3)]
    assert losses[0] != losses[1] != losses[2]
    assert {p.dtype for p in bench.stepper.parameters.values()} == {torch.float32}
    assert {p.grad.dtype for p in bench.stepper.parameters.values() if p.grad is not None} == {torch.float32}


def test_frozen_parameters_are_no_part_of_the_step() -> None:
    """Danger: gradients computed, clipped and sent over the network for weights that stay."""
    bench = trial("bert", "freeze")
    assert all(p.requires_grad for p in bench.stepper.parameters.values())
    assert len(bench.stepper.parameters) < len(list(bench.model.parameters()))


def test_an_overflow_in_fp16_is_passed_over() -> None:
    """Danger: half precision overflows now and then by design; stopping there would stop every run, and stepping
    would break the weights."""

    class Line(nn.Linear):
        def forward(self, input_ids: Tensor) -> SimpleNamespace:
            return SimpleNamespace(logits=super().forward(input_ids))

    model = Line(2, 1, bias=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    made = stepper(model, lambda rows: None, lambda *_: None, optimizer)
    made.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16, growth_interval=2)
    sizes = iter((1.0, 1e38, 1.0))
    made.make_batch = lambda rows: Batch({"input_ids": torch.ones(1, 2)}, torch.zeros(1))
    made.loss_of = lambda model, batch: LossSum((model(**batch.arguments).logits * next(sizes)).sum(), 1.0)
    assert not made.update([np.array([0])], 1, 0).skipped
    before, scale = model.weight.detach().clone(), made.scaler.get_scale()
    assert made.update([np.array([0])], 1, 0).skipped
    assert torch.equal(model.weight, before)
    assert made.scaler.get_scale() < scale
    assert not made.update([np.array([0])], 1, 0).skipped
    assert not torch.equal(model.weight, before)


def test_rows_of_which_nothing_is_learned_are_no_reason_to_stop() -> None:
    """Danger: answers that lie beyond the model's length fill a whole step, and a run of hours ends in a division by
    zero."""
    bench = trial()
    before = bench.weights()
    bench.stepper.loss_of = lambda model, batch: LossSum(0.0 * model(**batch.arguments).logits.sum(), 0.0)
    update = bench.stepper.update([ALL], ROWS, seed=0)
    assert update.loss == 0.0 and update.grad_norm == 0.0
    assert all(bool(torch.isfinite(tensor).all()) for tensor in bench.weights().values()) and before


def test_draws_follow_samples_that_a_batch_holds_in_another_order() -> None:
    """Danger: packed rows are sorted by length, and each is given the choices that were drawn for another."""
    bench = trial()
    bench.stepper.make_batch = lambda rows: replace(bench.batch(rows[::-1]), samples=rows[::-1])
    assert bench.stepper._batch(np.array([4, 1, 7])).draw.samples.tolist() == [7, 1, 4]
    bench.stepper.make_batch = bench.batch
    assert bench.stepper._batch(np.array([4, 1, 7])).draw.samples.tolist() == [4, 1, 7]


def test_a_shortage_in_the_update_itself_is_no_reason_to_repeat_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: some weights have moved already and move a second time, at half the token budget."""
    bench = Trial("bert")

    def short(*_: object) -> None:
        raise torch.OutOfMemoryError("no room for moments")

    monkeypatch.setattr(bench.optimizer, "step", short)
    with pytest.raises(ResourceError, match="optimizer's update"):
        bench.stepper.update([np.arange(4)], 4, seed=0)
    assert not hasattr(bench.optimizer, "grad_scale")
