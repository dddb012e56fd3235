"""The law of the step: its gradient does not depend on how the step was cut, nor on how many processes shared it."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from processes import start
from safetensors.torch import load_file, save_file
from tiny_media import MediaTrial, shared_files, shared_picture_model
from torch import Tensor, nn
from trial import COMBINATIONS, ROWS, WHOLE_STEPS, Trial, folder_of, trial, whole_step_trial, with_live_additions

from tunewright.data.plan import micro_batches
from tunewright.training.world import World


def ready(family: str, method: str, task: str) -> Trial:
    return with_live_additions(trial(family, method, task))


@cache
def reference(family: str, method: str, task: str) -> tuple[dict[str, Tensor], float]:
    """The gradient of all rows in one piece."""
    return ready(family, method, task).gradient([np.arange(ROWS)])


def difference(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    """Largest difference of any parameter's gradient, relative to the norm of the whole gradient."""
    assert a.keys() == b.keys()
    norm = torch.sqrt(sum(t.double().square().sum() for t in a.values()))
    return max(float((a[n].double() - b[n].double()).norm() / norm) for n in a)


@pytest.mark.parametrize(("family", "method", "task"), COMBINATIONS)
def test_micro_batches_change_no_gradient(family: str, method: str, task: str) -> None:
    """Danger: accumulation that averages means, as trainers in wide use do, and so trains on another loss."""
    whole, loss = reference(family, method, task)
    assert max(float(t.abs().max()) for t in whole.values()) > 0
    ordered = np.argsort(-ready(family, method, task).encoded.lengths, kind="stable")
    for count in (1, 2, 3, 4, 16):  # three pieces are unequal, where a mean of means goes wrong
        other, other_loss = ready(family, method, task).gradient(np.array_split(ordered, count))
        assert difference(whole, other) < 1e-5, count
        assert other_loss == pytest.approx(loss, rel=1e-5)


@cache
def of_whole_steps(task: str, loss: str) -> tuple[Trial, dict[str, Tensor], float]:
    """A trial with a loss over whole steps, and the gradient of all rows in one piece."""
    bench = whole_step_trial(task, loss)
    return (bench, *bench.gradient([np.arange(ROWS)]))


@pytest.mark.parametrize(("task", "loss"), WHOLE_STEPS)
def test_micro_batches_change_no_gradient_of_whole_steps(task: str, loss: str) -> None:
    """Danger: rows are compared with those of their own piece alone, and a smaller memory makes another training."""
    bench, whole, value = of_whole_steps(task, loss)
    for count in (2, 3, 16):
        other, other_value = bench.restart().gradient(np.array_split(np.arange(ROWS)[::-1], count))
        assert difference(whole, other) < 1e-5, count
        assert other_value == pytest.approx(value, rel=1e-5)
    pieces = [bench.restart().gradient([rows])[1] for rows in np.array_split(np.arange(ROWS), 8)]
    assert np.mean(pieces) < 0.9 * value, "the law would hold for a loss that looks at nothing but its piece"


def test_uneven_pieces_and_an_empty_one() -> None:
    """Danger: a mean of means is right when pieces are equal, and only then."""
    pieces = [np.arange(1), np.arange(1, 4), np.arange(0), np.arange(4, ROWS)]
    other, _ = ready("bert", "full", "classify").gradient(pieces)
    assert difference(reference("bert", "full", "classify")[0], other) < 1e-5


def test_the_loss_is_the_mean_of_row_losses() -> None:
    """Danger: all cuts agree with each other and are wrong together. The peer here is torch's own mean."""
    bench = ready("bert", "full", "classify")
    batch = bench.stepper.make_batch(np.arange(ROWS))
    expected = nn.functional.cross_entropy(bench.model(**batch.arguments).logits, batch.targets)
    expected.backward()
    wanted = {n: p.grad.clone() for n, p in bench.stepper.parameters.items() if p.grad is not None}
    got, loss = bench.gradient(np.array_split(np.arange(ROWS), 4))
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    assert difference(wanted, got) < 1e-5


def test_bf16_pieces_agree_up_to_bf16() -> None:
    """Danger: the cast of a weight is kept over the pieces of a step, and a later piece's gradient would be lost."""
    bench = Trial("bert", "full", "classify", precision="bf16")
    whole, _ = bench.gradient([np.arange(ROWS)])
    parts, _ = bench.restart().gradient(np.array_split(np.arange(ROWS), 4))
    assert difference(whole, parts) < 2e-2
    assert difference(reference("bert", "full", "classify")[0], parts) < 5e-2


def _rank(rank: int, folders: dict[str, str], out: str, port: int) -> None:
    """One of two processes: its share of every combination's step."""
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank), "WORLD_SIZE": "2",
        "GLOO_SOCKET_IFNAME": "lo",
    }  # fmt: skip
    torch.set_num_threads(1)
    world = World.join()
    tensors: dict[str, Tensor] = {}
    for family, method, task in COMBINATIONS:
        bench = with_live_additions(Trial(family, method, task, folder=Path(folders[f"{family}/{task}"]), world=world))
        pieces = micro_batches(np.arange(ROWS), bench.encoded.lengths, 60, world.size)
        gradient, loss = bench.gradient(pieces[rank :: world.size])
        key = f"{family}/{method}/{task}"
        tensors |= {f"{key}/{name}": tensor for name, tensor in gradient.items()}
        tensors[f"{key}/"] = torch.tensor(loss, dtype=torch.float64)
    for task, loss in WHOLE_STEPS:
        folder = Path(folders[f"bert/{task}"])
        bench = whole_step_trial(task, loss, folder=folder, world=world)
        gradient, value = bench.gradient(np.array_split(np.arange(ROWS), 5)[rank :: world.size])
        tensors |= {f"bert/{task}/{loss}/{name}": tensor for name, tensor in gradient.items()}
        tensors[f"bert/{task}/{loss}/"] = torch.tensor(value, dtype=torch.float64)
    bench = MediaTrial("vit", world=world, folder=Path(folders["vit"]), files=Path(folders["pictures"]))
    gradient, loss = bench.gradient(np.array_split(np.arange(ROWS), 5)[rank::2])
    tensors |= {f"vit/{name}": tensor for name, tensor in gradient.items()}
    tensors["vit/"] = torch.tensor(loss, dtype=torch.float64)
    save_file(tensors, f"{out}/{rank}.safetensors")
    torch.distributed.destroy_process_group()


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Tensor]]:
    """Gradients and losses that each of two gloo processes ended with, for every combination."""
    out = tmp_path_factory.mktemp("ranks")
    folders = {f"{family}/{task}": str(folder_of(family, task)) for family, _, task in COMBINATIONS}
    folders |= {"vit": str(shared_picture_model("vit")), "pictures": str(shared_files("image"))}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start(_rank, folders, str(out), port, count=2)
    return [load_file(out / f"{rank}.safetensors") for rank in range(2)]


@pytest.mark.parametrize(("family", "method", "task"), COMBINATIONS)
def test_two_processes_change_no_gradient(ranks: list[dict[str, Tensor]], family: str, method: str, task: str) -> None:
    """Danger: each process divides by its own number of samples, and ranks with unequal shares pull unequally."""
    alone, loss = reference(family, method, task)
    prefix = f"{family}/{method}/{task}/"
    for rank in ranks:
        mine = {key.removeprefix(prefix): tensor for key, tensor in rank.items() if key.startswith(prefix)}
        assert float(mine.pop("")) == pytest.approx(loss, rel=1e-6)
        # a parameter that no row reached is zero there and absent here
        assert difference(alone, {n: t for n, t in mine.items() if n in alone or bool(t.any())}) < 1e-5


@pytest.mark.parametrize(("task", "loss"), WHOLE_STEPS)
def test_two_processes_change_no_gradient_of_whole_steps(ranks: list[dict[str, Tensor]], task: str, loss: str) -> None:
    """Danger: each process compares its own rows alone."""
    _, alone, value = of_whole_steps(task, loss)
    prefix = f"bert/{task}/{loss}/"
    for rank in ranks:
        mine = {key.removeprefix(prefix): tensor for key, tensor in rank.items() if key.startswith(prefix)}
        assert float(mine.pop("")) == pytest.approx(value, rel=1e-6)
        assert difference(alone, {n: t for n, t in mine.items() if n in alone or bool(t.any())}) < 1e-5


def test_two_processes_draw_the_same_of_a_row(ranks: list[dict[str, Tensor]]) -> None:
    """Danger: each process draws with its own seed, so that how a picture is cut depends on who computes it."""
    alone, loss = MediaTrial("vit").gradient([np.arange(ROWS)])
    for rank in ranks:
        mine = {key.removeprefix("vit/"): tensor for key, tensor in rank.items() if key.startswith("vit/")}
        assert float(mine.pop("")) == pytest.approx(loss, rel=1e-6)
        assert difference(alone, mine) < 1e-4
