"""The average of weights over steps."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from processes import spawn
from safetensors.torch import load_file, save_file
from tiny_models import shared_model_folder
from torch import Tensor, nn
from trial import Trial

from tunewright.errors import Stopped
from tunewright.recipe import Training
from tunewright.records.checkpoint import newest_valid
from tunewright.training.averaging import AVERAGE, averaged_weights, follow_weights
from tunewright.training.loop import Stepped, Validated
from tunewright.training.sharding import is_sharded, whole
from tunewright.training.signals import StopRequest
from tunewright.training.state import gather_state, read_averages, read_progress, read_weights, restore
from tunewright.training.world import World


def moved(power: float, steps: int) -> tuple[nn.Linear, torch.optim.AdamW, list[Tensor]]:
    """A layer after some updates whose weights were averaged, and its weight after each."""
    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.1, fused=True)
    seen = []
    for step in range(steps):
        optimizer.zero_grad()
        layer(torch.randn(4, 3)).square().sum().backward()
        optimizer.step()
        follow_weights(optimizer, step, power)
        seen.append(layer.weight.detach().clone())
    return layer, optimizer, seen


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_it_is_the_mean_with_the_shares_that_are_promised(power: float) -> None:
    """Danger: a mean that forgets its first steps, or counts the last one twice."""
    layer, optimizer, seen = moved(power, 7)
    shares = np.arange(1, 8) ** power
    expected = sum(float(share) * weight for share, weight in zip(shares / shares.sum(), seen, strict=True))
    assert torch.allclose(optimizer.state[layer.weight][AVERAGE], expected, atol=1e-6)
    assert (seen[-1] - expected).abs().max() > 0.01


def test_weights_come_back_to_the_bit() -> None:
    """Danger: validating on the average and then training on from it, or from something rounded."""
    layer, optimizer, seen = moved(1.0, 4)
    average = optimizer.state[layer.weight][AVERAGE].clone()
    with pytest.raises(RuntimeError, match="broken"), averaged_weights(optimizer):
        assert torch.equal(layer.weight, average)
        raise RuntimeError("validation is broken")
    assert torch.equal(layer.weight, seen[-1])
    assert torch.equal(optimizer.state[layer.weight][AVERAGE], average)


def test_what_no_row_reaches_stays_as_it_is() -> None:
    """Danger: AdamW takes a parameter with an average alone for one that it has begun with, and finds no moments."""
    unused = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.AdamW([unused], lr=0.1, fused=True)
    follow_weights(optimizer, 0, 1.0)
    with averaged_weights(optimizer):
        assert torch.equal(unused, torch.ones(2))
    unused.sum().backward()
    optimizer.step()
    follow_weights(optimizer, 5, 1.0)
    assert torch.equal(optimizer.state[unused][AVERAGE], unused)


@pytest.mark.parametrize("method", ["full", "lora", "freeze", "adapter"])
def test_validation_sees_the_average_and_training_does_not(start: Callable[..., Any], method: str) -> None:
    """Danger: an average that is kept and never measured, or one that changes the training it only looks at."""
    plain = start("plain", method=method, epochs=1.0)
    plain.run()
    seen: list[dict[str, Tensor]] = []
    course = start("averaged", method=method, epochs=1.0, average_power=1.0, validate_every=3)
    job = course.job
    object.__setattr__(job, "validate", lambda: seen.append(course.weights()) or {"accuracy": 0.5})
    after: list[dict[str, Tensor]] = []
    course.run(each=lambda event, _: after.append(course.weights()) if isinstance(event, Stepped) else None)
    assert all(torch.equal(tensor, plain.weights()[name]) for name, tensor in course.weights().items())
    assert [event.step for event in course.events if isinstance(event, Validated)] == [3, 6]
    learning = [name for name, parameter in course.bench.model.named_parameters() if parameter.requires_grad]
    for name in learning:
        expected = sum((step + 1) * weights[name] for step, weights in enumerate(after)) / 21
        assert torch.allclose(seen[1][name], expected, atol=1e-6)
    assert any(not torch.equal(seen[1][name], after[-1][name]) for name in learning)

    found = newest_valid(job.folder.checkpoints).folder
    assert found is not None
    read_weights(found, course.bench.model, course.bench.method)
    read_averages(found, course.bench.model)
    assert all(torch.equal(course.weights()[name], seen[1][name]) for name in learning)


def test_a_run_that_goes_on_ends_with_the_same_average(start: Callable[..., Any]) -> None:
    """Danger: an average that begins anew at a resume: nothing shows it but a model that is a little worse."""
    undisturbed = start("undisturbed", epochs=1.0, average_power=1.0, dropout=0.2)
    undisturbed.run()

    course = start("stopped", epochs=1.0, average_power=1.0, dropout=0.2)
    stop = StopRequest()
    with pytest.raises(Stopped):
        for event in course.follow(stop=stop):
            if isinstance(event, Stepped) and event.step == 4:
                stop.signal_number = signal.SIGTERM
    found = newest_valid(course.job.folder.checkpoints).folder
    assert found is not None and read_progress(found).step == 4
    course.bench.restart()
    go_on = start("stopped", epochs=1.0, average_power=1.0, dropout=0.2)
    restore(found, go_on.bench.model, go_on.bench.method, go_on.bench.optimizer)
    go_on.run(read_progress(found))
    whole_run, resumed = (
        load_file(one.job.folder.checkpoint(6) / "optimizer.safetensors") for one in (undisturbed, go_on)
    )
    assert any(name.endswith(f"::{AVERAGE}") for name in whole_run)
    assert whole_run.keys() == resumed.keys()
    assert all(torch.equal(tensor, resumed[name]) for name, tensor in whole_run.items())


def _averaged(world: World, folder: str, out: str, way: str) -> None:
    """Three steps by this process and, where there is one, another; the average as the model's weights."""
    # a larger epsilon, since a gradient that is zero but for rounding would become a whole step of Adam's
    training = Training(learning_rate=1e-3, epsilon=1e-4)
    bench = Trial("bert", "full", folder=Path(folder), world=world, training=training)
    if way == "slices":
        bench.spread()
        assert is_sharded(bench.stepper.parameters.values())
    for step in range(3):
        bench.stepper.update([bench.rows[world.rank :: world.size]], len(bench.encoded), seed=step)
        follow_weights(bench.optimizer, step, 1.0)
    state = gather_state(bench.model, bench.method, bench.optimizer)
    kept = {name.removesuffix(f"::{AVERAGE}"): t.clone() for name, t in state.moments.items() if name.endswith(AVERAGE)}
    with averaged_weights(bench.optimizer):
        for name, parameter in bench.model.named_parameters():
            assert name not in kept or torch.equal(whole(parameter.detach()), kept[name])
    save_file({name: tensor.contiguous() for name, tensor in kept.items()}, f"{out}/{way}-{world.rank}.safetensors")


@pytest.mark.parametrize("way", ["copies", "slices"])
def test_processes_have_the_average_of_one(tmp_path: Path, way: str) -> None:
    """Danger: each process averages its own slice and the checkpoint holds that of the first; or the average of a slice
    is put into a whole weight."""
    folder = str(shared_model_folder("bert"))
    _averaged(World(), folder, str(tmp_path), "alone")
    spawn(_averaged, folder, str(tmp_path), way)
    expected = load_file(tmp_path / "alone-0.safetensors")
    assert len(expected) > 10
    for rank in range(2):
        found = load_file(tmp_path / f"{way}-{rank}.safetensors")
        assert found.keys() == expected.keys()
        assert all(torch.allclose(found[name], tensor, atol=1e-5) for name, tensor in expected.items())
