"""One optimizer step: micro-batches in, one exact update out."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.data.tally import TALLY_RANGE, tally
from tunewright.errors import NonFiniteError, ResourceError
from tunewright.inputs import Batch
from tunewright.inputs.batch import Draw
from tunewright.losses import LossSum
from tunewright.models.masks import MaskSource
from tunewright.models.memory_pressure import is_out_of_memory
from tunewright.models.precision import autocast
from tunewright.training.across import Across, Pulled, pulled
from tunewright.training.lanes import Lane, Lanes
from tunewright.training.optimizer import apply_gradients
from tunewright.training.sharding import is_sharded, own_part, total_norm
from tunewright.training.world import World

__all__ = ["Stepper", "Update"]

Rows = NDArray[np.int64]

_NO_ROOM = """Memory ran short in the optimizer's update, which keeps two numbers for each weight that learns.
  Let fewer weights learn (method=lora, method.kind=freeze), or take a smaller model. The last checkpoint stands."""


@dataclass(frozen=True, slots=True)
class Update:
    """What one optimizer step did, over all processes."""

    loss: float
    """Mean over the step's weight (samples)."""
    grad_norm: float
    """L2 norm before clipping."""
    rows: int
    tokens: int
    """Tokens computed, padding included."""
    seconds: float
    skipped: bool = False
    """fp16 alone: the scaled gradient overflowed and the update was left out."""
    tally: int = 0
    """Of the rows that were computed, by whichever process (`tunewright.data.tally`)."""


class Stepper:
    """Computes updates of one model.

    The gradient is that of (sum of losses) / (sum of weights) over all micro-batches and processes, so it is the same
    for every way to cut the step. What the model is asked, once or more often, is `loss_of`'s own affair.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.AdamW,
        *,
        make_batch: Callable[[Rows], Batch],
        loss_of: Callable[[nn.Module, Batch], LossSum],
        device: torch.device,
        precision: str,
        max_grad_norm: float | None,
        world: World,
        describe: Callable[[Rows], str],
        lanes: Lanes | None = None,
        across: Across | None = None,
    ) -> None:
        self.model, self.optimizer = model, optimizer
        self.lanes = lanes or Lanes([Lane(model, MaskSource())], None)
        self.make_batch, self.loss_of, self.describe = make_batch, loss_of, describe
        self.across = across
        self.device, self.precision, self.world = device, precision, world
        self.number = 0
        """Which step of the run it is, counted from 0: for what is drawn of rows, alike in every process."""
        self.max_grad_norm = max_grad_norm
        self.parameters = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self.sharded = is_sharded(self.parameters.values())
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision == "fp16")
        self._choices = 0

    def update(self, pieces: Sequence[Rows], rows_in_step: int, seed: int, choices: int | None = None) -> Update:
        """Forward and backward of every piece, then one update.

        Args:
            pieces: this process's micro-batches, row indices; an empty one computes nothing.
            rows_in_step: samples of the whole step, over all processes.
            seed: decides this step's dropout; the same seed replays the same step.
            choices: decides what a task draws for each sample (`Batch.draw`), the same in every process; None is
                `seed`.

        Raises:
            NonFiniteError: loss or gradient is NaN or infinite; weights and optimizer are as before.
            MemoryError: memory ran short in this process or another one, so that all of them come to know.
            ResourceError: memory ran short in the update itself, which cannot be repeated.
        """
        start = time.perf_counter()
        self._choices = seed if choices is None else choices
        loss, weight, tokens, counted = self._everywhere(pieces, rows_in_step, seed)
        weight = weight or 1.0  # rows of which nothing is learned have a gradient of zero, and are no reason to stop
        gradients = self._gradients()
        if not self.sharded:  # slices were summed on their way
            self.world.sum_gradients(gradients)
        if not math.isfinite(loss):
            self._refuse(pieces, f"the loss is {loss}")
        if self.scaler.is_enabled():
            self.scaler.unscale_(self.optimizer)
        factor = rows_in_step / weight
        norms = self.lanes.share(lambda part: torch._foreach_norm(gradients[part]), gradients)
        norm = total_norm(list(itertools.chain(*norms)), self.world, self.sharded) * factor
        if not math.isfinite(norm) and not self.scaler.is_enabled():
            self._refuse(pieces, f"the gradient's norm is {norm}")
        if self.max_grad_norm is not None and norm > self.max_grad_norm:
            factor *= self.max_grad_norm / (norm + 1e-6)
        self._apply(gradients, factor)
        seconds = time.perf_counter() - start
        skipped = not math.isfinite(norm)
        return Update(loss / weight, norm, rows_in_step, int(tokens), seconds, skipped=skipped, tally=counted)

    def _apply(self, gradients: list[Tensor], factor: float) -> None:
        """Raises ResourceError where memory runs short: some weights may have moved by then, so that the step cannot be
        repeated."""
        try:
            if not self.scaler.is_enabled() and not self.sharded:
                apply_gradients(self.optimizer, factor)
                return
            if factor != 1.0:
                torch._foreach_mul_(gradients, factor)
            self.scaler.step(self.optimizer)
            self.scaler.update()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise ResourceError(_NO_ROOM) from error

    def _everywhere(self, pieces: Sequence[Rows], rows_in_step: int, seed: int) -> tuple[float, float, float, int]:
        """Loss, weight, tokens and tally of the step, over all processes; gradients are those of this one's pieces."""
        short, mine = False, (0.0, 0.0, 0.0)
        try:
            mine = self._accumulate(pieces, rows_in_step, seed)
            if self.sharded:
                self._keep_pace(sum(len(rows) == 0 for rows in pieces))
        except (RuntimeError, MemoryError) as error:
            # with slices the others wait inside a layer for this process, so that no vote can be held
            if self.world.size == 1 or self.sharded or not is_out_of_memory(error):
                raise
            short = True
        loss, weight, tokens, counted, shortages = self.world.sum_numbers(*mine, tally(pieces), short)
        if shortages:
            raise MemoryError(f"memory ran short in {int(shortages)} of {self.world.size} processes")
        return loss, weight, tokens, int(counted) % TALLY_RANGE

    def _keep_pace(self, forwards: int) -> None:
        """Go through the model without adding to any gradient: slices are put together by all processes at once."""
        with autocast(self.precision, self.device):
            for _ in range(forwards):
                loss = self.loss_of(self.model, self._batch(np.zeros(1, dtype=np.int64)))
                (loss.sum * 0.0).backward()  # type: ignore[no-untyped-call]

    def _accumulate(self, pieces: Sequence[Rows], rows_in_step: int, seed: int) -> tuple[float, float, float]:
        """Gradients of the sum of losses over this process's pieces, divided by the step's rows."""
        self.optimizer.zero_grad(set_to_none=True)
        self.lanes.clear_gradients()
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        count = len(self.lanes)
        cut = self.across is not None and (self.world.size > 1 or len(pieces) > 1)  # uncut, a step is one micro-batch
        pieces = [rows for rows in pieces if len(rows)] if cut else pieces
        shares = [(lane, pieces[lane::count]) for lane in range(count)]
        whole = self._pulled(self.across, shares, seed) if cut and self.across is not None else None
        pulls: list[Sequence[Tensor] | None] = [
            whole.gradients[lane::count] if whole else None for lane in range(count)
        ]
        sums = self.lanes.map(
            lambda lane, share: self._compute(lane, share[1], rows_in_step, [seed, share[0]], pulls[share[0]]), shares
        )
        if count > 1 and not torch.equal(before, torch.get_rng_state()):
            # a model that draws from the one generator of the process: which lane comes first would decide
            self.lanes.close_all_but_one()
            return self._accumulate(pieces, rows_in_step, seed)
        self.lanes.gather_gradients()
        losses, weights, tokens = zip(*sums, strict=True)
        if whole is not None:
            return whole.loss, whole.weight, float(sum(tokens))
        return math.fsum(losses), math.fsum(weights), float(sum(tokens))

    def _pulled(self, across: Across, shares: Sequence[tuple[int, Sequence[Rows]]], seed: int) -> Pulled:
        """The loss of the whole step from a forward without a graph, and where it pulls the outputs of each piece.

        Raises:
            MemoryError: memory ran short in any process: each of them waits for the others' outputs.
        """
        count, short = len(shares), False
        found: list[list[Tensor]] = []
        try:
            found = self.lanes.map(lambda lane, share: self._outputs(across, lane, share[1], [seed, share[0]]), shares)
        except (RuntimeError, MemoryError) as error:
            if self.world.size == 1 or not is_out_of_memory(error):
                raise
            short = True
        if self.world.sum_numbers(short)[0]:
            raise MemoryError(f"memory ran short in one of {self.world.size} processes")
        torch.manual_seed(seed)  # what a model draws by itself, the second pass draws again
        total = sum(len(pieces) for _, pieces in shares)
        places = [divmod(piece, count) for piece in range(total)]  # dealt out to the lanes in turn
        pieces = [shares[lane][1][index] for index, lane in places]
        return pulled(across, pieces, [found[lane][index] for index, lane in places], self.world)

    def _outputs(self, across: Across, lane: Lane, pieces: Sequence[Rows], entropy: Sequence[int]) -> list[Tensor]:
        """What one lane's pieces put out, with the dropout that they will have in the second pass."""
        lane.masks.seed(*entropy)
        with autocast(self.precision, self.device), torch.no_grad():
            return [across.outputs_of(lane.model, self._batch(rows)) for rows in pieces]

    def _compute(
        self,
        lane: Lane,
        pieces: Sequence[Rows],
        rows_in_step: int,
        entropy: Sequence[int],
        pulls: Sequence[Tensor] | None = None,
    ) -> tuple[float, float, int]:
        """One lane's share: (sum of losses, weight, tokens); the gradients stay in its model. With `pulls`, what is
        summed has the gradient of the step's loss, and no meaning beside that."""
        lane.masks.seed(*entropy)
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        weight, tokens = 0.0, 0
        # one context for all pieces: the weights are cast once a step instead of once a piece
        with autocast(self.precision, self.device):
            for place, rows in enumerate(pieces):
                if len(rows) == 0:
                    continue
                batch = self._batch(rows)
                loss = self.loss_of(lane.model, batch) if pulls is None else self._pull(lane, batch, pulls[place])
                self.scaler.scale(loss.sum / rows_in_step).backward()  # type: ignore[no-untyped-call]
                total += loss.sum.detach()
                weight += loss.weight
                tokens += batch.tokens
        return float(total), weight, tokens

    def _pull(self, lane: Lane, batch: Batch, pull: Tensor) -> LossSum:
        assert self.across is not None
        return LossSum((self.across.outputs_of(lane.model, batch).float() * pull).sum(), 0.0)

    def _batch(self, rows: Rows) -> Batch:
        """A micro-batch that knows where its random choices come from."""
        batch = self.make_batch(rows)
        order = rows if batch.samples is None else batch.samples
        return batch if batch.draw is not None else replace(batch, draw=Draw(self._choices, order))

    def _gradients(self) -> list[Tensor]:
        """Gradients in a fixed order; a parameter no sample reached counts as zero where processes must agree."""
        gradients = []
        for parameter in self.parameters.values():
            if parameter.grad is None:
                if self.world.size == 1:
                    continue
                parameter.grad = torch.zeros_like(parameter)
            gradients.append(own_part(parameter.grad))
        return gradients

    def _refuse(self, pieces: Sequence[Rows], what: str) -> None:
        """Find who is to blame, then stop before the update."""
        gradients = {name: p.grad for name, p in self.parameters.items() if p.grad is not None}
        found = [_not_finite(gradients), _not_finite(self.parameters), self._bad_rows(pieces).tolist()]
        everywhere = self.world.gather(found)
        bad_gradients, bad_weights, rows = (
            list(dict.fromkeys(entry for process in everywhere for entry in process[kind])) for kind in range(3)
        )
        bad_rows = np.array(rows, dtype=np.int64)
        self.optimizer.zero_grad(set_to_none=True)
        lines = [f"Training stopped before an update: {what}."]
        if bad_weights:
            lines.append(f"  Weights that are not finite already: {_some(bad_weights)}")
        if bad_gradients:
            lines.append(f"  Gradients that are not finite: {_some(bad_gradients)}")
        if len(bad_rows):
            lines.append(f"  Rows whose loss is not finite: {self.describe(bad_rows)}")
        lines.append(
            "  The last good checkpoint is kept. Try a lower training.learning_rate or training.precision=fp32."
        )
        raise NonFiniteError("\n".join(lines))

    @torch.no_grad()
    def _bad_rows(self, pieces: Sequence[Rows]) -> Rows:
        bad = []
        if self.sharded:  # all processes go through the same rows, since none can compute alone
            pieces = [np.array(rows, dtype=np.int64) for rows in self.world.gather([int(r) for p in pieces for r in p])]
        with autocast(self.precision, self.device):
            for rows in pieces:
                for row in rows:
                    batch = self._batch(np.array([row]))
                    loss = self.loss_of(self.model, batch)
                    if not bool(torch.isfinite(loss.sum)):
                        bad.append(int(row))
        return np.array(bad, dtype=np.int64)


def _not_finite(tensors: Mapping[str, Tensor]) -> list[str]:
    return [name for name, tensor in tensors.items() if not bool(own_part(tensor.detach()).isfinite().all())]


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
