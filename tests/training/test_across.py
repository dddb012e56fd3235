"""Losses over a whole step, computed in pieces."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from trial import ROWS, Trial

from tunewright.models.masks import MaskSource, own_dropout
from tunewright.recipe import catalog
from tunewright.training.across import Across, pulled
from tunewright.training.lanes import open_lanes
from tunewright.training.world import World

PIECES = np.array_split(np.arange(ROWS), 5)


def norm(gradient: dict[str, Tensor]) -> float:
    return float(torch.sqrt(sum(tensor.square().sum() for tensor in gradient.values())))


def difference(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    assert a.keys() == b.keys()
    return norm({name: a[name] - b[name] for name in a}) / norm(a)


def by_hand(bench: Trial, dropout_seed: list[int]) -> tuple[dict[str, Tensor], float]:
    """The gradient with the graphs of all pieces alive at once: what the two passes stand for."""
    masks = MaskSource()
    with own_dropout(bench.model, masks):
        masks.seed(*dropout_seed)
        torch.manual_seed(0)  # that of attention, which transformers asks torch for
        outputs = [bench.task.outputs(bench.model, bench.batch(rows).arguments) for rows in PIECES]
        loss = bench.task.compute_loss(torch.cat(outputs), bench.targets(bench.rows), bench.space)
        (loss.sum / loss.weight).backward()
    found = {n: p.grad.clone() for n, p in bench.model.named_parameters() if p.grad is not None}
    return found, float(loss.sum.detach()) / loss.weight


@pytest.mark.parametrize("symmetric", [False, True])
def test_dropout_is_the_same_in_both_passes(symmetric: bool) -> None:
    """Danger: the loss's gradient is taken at one set of vectors and applied to another, and nothing looks wrong."""
    loss = catalog.load("loss", "info_nce")(symmetric=symmetric)
    bench = Trial("bert", "full", catalog.load("task", "embed")(loss=loss), dropout=0.3)
    wanted, value = by_hand(bench, [0, 0])
    bench.restart()
    with open_lanes(bench.model, 1, torch.device("cpu")) as lanes:
        bench.stepper.lanes = lanes
        found, loss_found = bench.gradient(PIECES)
    assert loss_found == pytest.approx(value, rel=1e-6)
    assert difference(wanted, found) < 1e-5


def test_a_model_that_draws_by_itself_draws_twice_the_same() -> None:
    """Danger: on a GPU dropout comes from torch's own generator, which goes on between the passes."""
    bench = Trial("bert", "full", "embed", dropout=0.3)
    torch.manual_seed(0)
    outputs = [bench.task.outputs(bench.model, bench.batch(rows).arguments) for rows in PIECES]
    loss = bench.task.compute_loss(torch.cat(outputs), bench.targets(bench.rows), bench.space)
    (loss.sum / loss.weight).backward()
    wanted = {n: p.grad.clone() for n, p in bench.model.named_parameters() if p.grad is not None}
    found, value = bench.restart().gradient(PIECES)
    assert value == pytest.approx(float(loss.sum.detach()) / loss.weight, rel=1e-6)
    assert difference(wanted, found) < 1e-5


def test_lanes_change_no_gradient() -> None:
    """Danger: each lane's pieces see only the negatives of that lane."""
    bench = Trial("bert", "full", "embed")
    whole, value = bench.gradient([bench.rows])
    bench.restart()
    with open_lanes(bench.model, 2, torch.device("cpu")) as lanes:
        bench.stepper.lanes = lanes
        found, loss = bench.gradient(PIECES)
    assert loss == pytest.approx(value, rel=1e-6)
    assert difference(whole, found) < 1e-5


def test_pieces_do_not_see_their_own_negatives_only() -> None:
    """Danger: the law of cuts holds because the loss of a step forgets most of its negatives either way."""
    bench = Trial("bert", "full", "embed")
    _, whole = bench.gradient([bench.rows])
    alone = [bench.restart().gradient([rows])[1] for rows in PIECES]
    assert whole > 1.2 * np.average(alone, weights=[len(rows) for rows in PIECES])


def test_memory_that_runs_short_in_the_first_pass_leaves_nothing_behind() -> None:
    """Danger: the step is replayed with half the budget on top of gradients of the first try."""
    bench = Trial("bert", "full", "embed")
    wanted, _ = bench.gradient(PIECES)
    bench.restart()
    plain, left = bench.stepper.make_batch, [1]

    def short(rows):
        if left[0]:
            left[0] -= 1
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        return plain(rows)

    bench.stepper.make_batch = short
    with pytest.raises(RuntimeError, match="allocate"):
        bench.gradient(PIECES)
    found, _ = bench.gradient(PIECES)
    assert difference(wanted, found) < 1e-6


def test_rows_come_in_the_order_of_their_numbers() -> None:
    """Danger: the sum of a step follows the cut, and with it the last bits of every weight."""
    seen: list[Tensor] = []

    def loss_of(outputs: Tensor, targets: Tensor):
        seen.append(targets)
        return bench.task.loss.compute(outputs, torch.stack([targets, -1 - targets], dim=1), (), ())

    bench = Trial("bert", "full", "embed")
    across = Across(lambda model, batch: torch.zeros(1), torch.from_numpy, loss_of)
    vectors = torch.nn.functional.normalize(torch.randn(4, 6, generator=torch.Generator().manual_seed(0)), dim=1)
    found = [
        pulled(across, [np.array(piece) for piece in cut], [vectors[piece] for piece in cut], World())
        for cut in ([[0, 1, 2, 3]], [[3, 1], [0, 2]])
    ]
    assert [rows.tolist() for rows in seen] == [[0, 1, 2, 3]] * 2
    assert found[0].loss == found[1].loss
    assert torch.equal(found[0].gradients[0][[3, 1]], found[1].gradients[0])
