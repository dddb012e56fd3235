"""What a checkpoint holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from trial import Trial, trial

from tunewright.errors import CheckpointError
from tunewright.methods.full import Full
from tunewright.training.state import Progress, gather_state, read_progress, read_weights, restore, write_state

PROGRESS = Progress(
    step=7, best_step=3, best_value=0.1 + 0.2, without_gain=2, token_budget=512, rows=28, scaler={"scale": 2.0}
)


def written(folder: Path, method: str = "full") -> Trial:
    bench = trial("bert", method)
    bench.step(2)
    write_state(folder, gather_state(bench.model, bench.method, bench.optimizer), PROGRESS)
    return bench


def test_progress_comes_back_to_the_bit(tmp_path: Path) -> None:
    """Danger: a best value rounded on its way through JSON, which an equal one then beats."""
    written(tmp_path)
    assert read_progress(tmp_path) == PROGRESS


def test_nothing_of_it_is_a_pickle(tmp_path: Path) -> None:
    """Danger: a checkpoint from elsewhere that runs a program when it is opened."""
    written(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".safetensors", ".json"}


@pytest.mark.parametrize("method", ["full", "lora"])
def test_moments_come_back_to_the_bit(tmp_path: Path, method: str) -> None:
    """Danger: transformers resumes with fresh moments when their file is missing, and says nothing."""
    bench = written(tmp_path, method)
    wanted = {
        name: {key: value.clone() for key, value in bench.optimizer.state[parameter].items()}
        for name, parameter in bench.stepper.parameters.items()
        if parameter in bench.optimizer.state
    }
    bench.restart()
    assert not bench.optimizer.state
    restore(tmp_path, bench.model, bench.method, bench.optimizer)
    assert len(wanted) > 3
    for name, moments in wanted.items():
        own = bench.optimizer.state[bench.stepper.parameters[name]]
        assert own.keys() == moments.keys() == {"step", "exp_avg", "exp_avg_sq"}
        assert all(torch.equal(own[key], moments[key]) for key in moments)
        assert float(own["step"]) == 2.0


def test_weights_alone(tmp_path: Path) -> None:
    """Danger: putting the best weights into a model touches the optimizer as well."""
    bench = written(tmp_path)
    wanted = bench.weights()
    bench.restart()
    read_weights(tmp_path, bench.model, bench.method)
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in bench.weights().items())
    assert not bench.optimizer.state


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors", "progress.json"])
def test_a_missing_component_is_an_error(tmp_path: Path, name: str) -> None:
    """Danger: going on with what is there, as if the rest were not needed."""
    bench = written(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(CheckpointError, match="cannot be") as caught:
        restore(tmp_path, bench.model, bench.method, bench.optimizer)
        read_progress(tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"step": 1, "stranger": 2}', "null"])
def test_damaged_progress_is_an_error(tmp_path: Path, text: str) -> None:
    """Danger: a traceback out of json, for a file that a full disk cut off."""
    (tmp_path / "progress.json").write_text(text, encoding="utf-8")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_progress(tmp_path)


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors"])
@pytest.mark.parametrize("keep", [0, 100, -1])
def test_damaged_tensors_are_an_error(tmp_path: Path, name: str, keep: int) -> None:
    """Danger: a traceback out of safetensors, for a file that a full disk cut off."""
    bench = written(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="cannot be"):
        restore(tmp_path, bench.model, bench.method, bench.optimizer)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    """Danger: a checkpoint of another recipe, loaded as far as its names agree."""
    written(tmp_path, "lora")
    other = trial("bert", "full")
    with pytest.raises(CheckpointError, match="differ in"):
        restore(tmp_path, other.model, other.method, other.optimizer)


def test_moments_of_another_recipe_leave_what_was_never_stepped(tmp_path: Path) -> None:
    """Danger: a parameter that no row reached has no moments, and is no reason to refuse."""
    bench = written(tmp_path)
    saved = load_file(tmp_path / "optimizer.safetensors")
    assert {key.rpartition("::")[0] for key in saved} <= set(bench.stepper.parameters)
    reached = {n for n, p in bench.stepper.parameters.items() if p.grad is not None}
    assert {key.rpartition("::")[0] for key in saved} == reached


def test_weights_that_share_memory_are_all_written(tmp_path: Path) -> None:
    """Danger: safetensors refuses tensors that share memory; leaving one out would lose it."""

    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Parameter(torch.arange(4.0))
            self.b = nn.Parameter(self.a.data)

    model = Tied()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    write_state(tmp_path, gather_state(model, Full(), optimizer), Progress())
    saved = load_file(tmp_path / "weights.safetensors")
    assert set(saved) == {"a", "b"}
    assert torch.equal(saved["a"], saved["b"])


def test_an_optimizer_that_is_not_fused_counts_on_the_cpu(tmp_path: Path) -> None:
    """Danger: plain AdamW wants its step on the CPU; elsewhere every update waits for the device."""
    model = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=False)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    write_state(tmp_path, gather_state(model, Full(), optimizer), Progress())
    restore(tmp_path, model, Full(), optimizer)
    assert optimizer.state[model.weight]["step"].device.type == "cpu"
    optimizer.step()


def test_progress_is_json_that_people_can_read(tmp_path: Path) -> None:
    """Danger: a state that only this program can look into when something went wrong."""
    written(tmp_path)
    stated = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    assert stated["step"] == 7
    assert stated["scaler"] == {"scale": 2.0}
