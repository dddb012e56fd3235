"""The law of the step: its gradient does not depend on how the step was cut, nor on how many processes shared it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.multiprocessing
from tiny_models import FAMILIES, WORDS, tiny_model_folder
from torch import nn

from tunewright.data.plan import micro_batches
from tunewright.inputs.text import TextInput
from tunewright.models.source import Source
from tunewright.recipe import Training, catalog
from tunewright.training.optimizer import build_optimizer
from tunewright.training.step import Batch, Stepper
from tunewright.training.world import World

ROWS = 16
TASKS = ("classify", "multilabel", "regress")
METHODS = {"full": {}, "freeze": {"layers": 1}, "lora": {"rank": 4}}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {family: tiny_model_folder(root / family, family) for family in FAMILIES}


class Bench:
    """A model with data, ready to take one step."""

    def __init__(self, folder: Path, task: str, method: str, world: World | None = None, tiled: bool = True) -> None:
        generator = np.random.default_rng(0)
        lengths = generator.integers(2, 30, ROWS)
        texts = [" ".join(generator.choice(WORDS, n)) for n in lengths]
        cells = {
            "classify": [f"c{v}" for v in generator.integers(0, 3, ROWS)],
            "multilabel": ["|".join(c for c in "abc" if generator.random() < 0.5) for _ in range(ROWS)],
            "regress": [f"{v:.3f}" for v in generator.normal(5, 3, ROWS)],
        }[task]
        part = catalog.load("task", task)()
        source = Source(str(folder), str(folder))
        tokenizer = source.tokenizer()
        self.encoded = TextInput(text="t").encode({"t": texts}, tokenizer, 64)
        space = part.space(cells, "y")
        plain = part.model(source, space, pad_token_id=0, seed=0, dropout=0.0, attention_dropout=0.0)
        space = part.settle(space, plain)
        self.method = catalog.load("method", method)(**METHODS[method])
        self.model = self.method.prepare(plain, 0)
        if method == "lora":  # B starts at zero, where A has no gradient; move it so that every gradient is alive
            for name, parameter in self.model.named_parameters():
                if "lora_B" in name:
                    nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(1))
        targets = torch.from_numpy(np.ascontiguousarray(part.step_targets(part.encode(cells, space), space)))
        training = Training(max_grad_norm=None)
        self.world = world or World()
        self.stepper = Stepper(
            self.model,
            build_optimizer(self.model, plain, training, 1e-3),
            make_batch=lambda rows: Batch(self.encoded.collate(rows), targets[torch.from_numpy(rows)]),
            compute_loss=lambda logits, truth: part.compute_loss(logits, truth, space),
            device=torch.device("cpu"),
            precision="fp32",
            max_grad_norm=None,
            world=self.world,
            describe=str,
        )
        self.method.train_mode(self.model)

    def gradient(self, pieces: list[np.ndarray]) -> tuple[dict[str, torch.Tensor], float]:
        """The gradient of one step over these pieces, and its loss; the weights move too, once."""
        update = self.stepper.update(pieces, ROWS, seed=0)
        return {n: p.grad.clone() for n, p in self.stepper.parameters.items() if p.grad is not None}, update.loss


def pieces_of(bench: Bench, count: int) -> list[np.ndarray]:
    rows = np.arange(ROWS)
    ordered = rows[np.argsort(-bench.encoded.lengths, kind="stable")]
    return np.array_split(ordered, count)


def difference(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> float:
    """Largest difference of any parameter's gradient, relative to the norm of the whole gradient."""
    assert a.keys() == b.keys()
    norm = torch.sqrt(sum(t.double().square().sum() for t in a.values()))
    return max(float((a[n].double() - b[n].double()).norm() / norm) for n in a)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_micro_batches_change_no_gradient(folders: dict[str, Path], family: str, method: str, task: str) -> None:
    """Danger: accumulation that averages means, as trainers in wide use do, and so trains on another loss."""
    reference, loss = Bench(folders[family], task, method).gradient([np.arange(ROWS)])
    assert max(float(t.abs().max()) for t in reference.values()) > 0
    for count in (1, 2, 4, 16):
        bench = Bench(folders[family], task, method)
        other, other_loss = bench.gradient(pieces_of(bench, count))
        assert difference(reference, other) < 1e-5, count
        assert other_loss == pytest.approx(loss, rel=1e-5)


def test_uneven_pieces_and_an_empty_one(folders: dict[str, Path]) -> None:
    """Danger: a mean of means is right when pieces are equal, and only then."""
    bench = Bench(folders["bert"], "classify", "full")
    reference, _ = bench.gradient([np.arange(ROWS)])
    other, _ = Bench(folders["bert"], "classify", "full").gradient(
        [np.arange(1), np.arange(1, 4), np.arange(0), np.arange(4, ROWS)]
    )
    assert difference(reference, other) < 1e-5


def test_the_loss_is_the_mean_of_row_losses(folders: dict[str, Path]) -> None:
    """Danger: all cuts agree with each other and are wrong together. The peer here is torch's own mean."""
    bench = Bench(folders["bert"], "classify", "full")
    batch = bench.stepper.make_batch(np.arange(ROWS))
    expected = nn.functional.cross_entropy(bench.model(**batch.arguments).logits, batch.targets)
    expected.backward()
    wanted = {n: p.grad.clone() for n, p in bench.stepper.parameters.items() if p.grad is not None}
    got, loss = bench.gradient(pieces_of(bench, 4))
    assert loss == pytest.approx(float(expected), rel=1e-6)
    assert difference(wanted, got) < 1e-5


def _rank(rank: int, folder: str, task: str, method: str, out: str, port: int) -> None:
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank), "WORLD_SIZE": "2",
        "GLOO_SOCKET_IFNAME": "lo",
    }  # fmt: skip
    torch.set_num_threads(1)
    world = World.join()
    bench = Bench(Path(folder), task, method, world)
    pieces = micro_batches(np.arange(ROWS), bench.encoded.lengths, 60, world.size)
    gradient, loss = bench.gradient(pieces[rank :: world.size])
    torch.save({"gradient": gradient, "loss": loss}, f"{out}/{rank}.pt")
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize(("family", "method", "task"), [("bert", "full", "classify"), ("llama", "lora", "regress")])
def test_two_processes_change_no_gradient(
    folders: dict[str, Path], tmp_path: Path, family: str, method: str, task: str
) -> None:
    """Danger: each process divides by its own number of samples, and ranks with unequal shares pull unequally."""
    port = 29500 + os.getpid() % 1000 + len(family)
    torch.multiprocessing.spawn(
        _rank, args=(str(folders[family]), task, method, str(tmp_path), port), nprocs=2, join=True
    )
    reference, loss = Bench(folders[family], task, method).gradient([np.arange(ROWS)])
    for rank in range(2):
        got = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        # a parameter that no row reached is zero there and absent here
        gradient = {name: t for name, t in got["gradient"].items() if name in reference or bool(t.any())}
        assert difference(reference, gradient) < 1e-5
        assert got["loss"] == pytest.approx(loss, rel=1e-6)
