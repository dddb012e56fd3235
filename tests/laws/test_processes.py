"""The law of processes: how many share a training, and whether each holds the model or a slice of it, shows nowhere.

The weights after twenty steps are compared as one vector, and AdamW's epsilon is raised: a gradient that is zero but
for rounding (that of an attention's key bias is) would else become a step of full size in a direction of chance.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from processes import spawn
from safetensors.torch import load_file, save_file
from tiny_models import FAMILIES, shared_model_folder
from torch import Tensor
from trial import ROWS, Trial, with_methods

from tunewright.data.plan import StepPlan
from tunewright.data.tally import tally
from tunewright.errors import CheckpointError, NonFiniteError, ResourceError
from tunewright.inputs import Batch
from tunewright.pipeline.spread import agree, infer_together
from tunewright.recipe import Training
from tunewright.training.loop import _exact_update
from tunewright.training.sharding import share_moments, share_weights
from tunewright.training.state import Progress, gather_state
from tunewright.training.step import Update
from tunewright.training.world import World

COMBINATIONS = with_methods(FAMILIES)
STEPS, BATCH, BUDGET = 20, 5, 60
TRAINING = Training(learning_rate=1e-3, epsilon=1e-4, max_grad_norm=0.5, batch_size=BATCH)
WAYS = ("copies", "slices")


def bench(family: str, method: str, folder: str | Path, world: World) -> Trial:
    return Trial(family, method, folder=Path(folder), world=world, training=TRAINING)


def plan_of(trial: Trial, world: World) -> StepPlan:
    return StepPlan(trial.encoded.lengths, BATCH, BUDGET, TRAINING.seed, world.size)


def train(trial: Trial, world: World, first: int = 0, last: int = STEPS) -> list[Update]:
    """Steps of the plan, this process's share of each; the last one of an epoch has fewer rows than two pieces need."""
    plan = plan_of(trial, world)
    updates = []
    for step in range(first, last):
        rows = plan.samples(step)
        updates.append(trial.stepper.update(plan.cut(rows, world.rank), len(rows), seed=step))
        assert updates[-1].tally == tally([rows])
    return updates


def difference(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    """Norm of the difference of all tensors as one vector, relative to that of the first."""
    assert a.keys() == b.keys()
    norms = [
        torch.sqrt(sum(t.double().square().sum() for t in tensors))
        for tensors in ([a[n].double() - b[n].double() for n in a], list(a.values()))
    ]
    return float(norms[0] / norms[1])


@cache
def alone(family: str, method: str) -> tuple[dict[str, Tensor], list[float], Tensor]:
    """Trained weights, losses and outputs of one process."""
    trial = bench(family, method, shared_model_folder(family), World())
    losses = [update.loss for update in train(trial, World())]
    return gather_state(trial.model, trial.method, trial.optimizer).weights, losses, outputs(trial, World())


def outputs(trial: Trial, world: World) -> Tensor:
    trial.model.eval()
    cpu = torch.device("cpu")
    return torch.from_numpy(infer_together(trial.model, trial.encoded, trial.inputs, cpu, "fp32", BUDGET, world))


def _share(world: World, folders: dict[str, str], out: str) -> None:
    """One process of two: its share of every combination, with whole copies and with slices."""
    for family, method in COMBINATIONS:
        for way in WAYS:
            trial = bench(family, method, folders[family], world)
            if way == "slices":
                trial.spread()
            losses = [update.loss for update in train(trial, world)]
            seen = outputs(trial, world)
            state = gather_state(trial.model, trial.method, trial.optimizer)
            tensors = {f"weights/{name}": tensor for name, tensor in state.weights.items()}
            tensors |= {"losses": torch.tensor(losses, dtype=torch.float64), "outputs": seen}
            save_file(tensors, f"{out}/{family}-{method}-{way}-{world.rank}.safetensors")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two gloo processes ended with."""
    out = tmp_path_factory.mktemp("shared")
    spawn(_share, {family: str(shared_model_folder(family)) for family in FAMILIES}, str(out))
    return out


@pytest.mark.parametrize(("family", "method", "way"), [(*pair, way) for pair in COMBINATIONS for way in WAYS])
def test_two_processes_train_the_model_of_one(shared: Path, family: str, method: str, way: str) -> None:
    """Danger: a gradient divided twice or not at all, clipped by a slice's norm, or a process left without rows."""
    weights, losses, seen = alone(family, method)
    for rank in range(2):
        found = load_file(shared / f"{family}-{method}-{way}-{rank}.safetensors")
        mine = {n.removeprefix("weights/"): t for n, t in found.items() if n.startswith("weights/")}
        assert difference(weights, mine) < 1e-6
        assert found["losses"].tolist() == pytest.approx(losses, rel=1e-5)
        assert torch.allclose(found["outputs"], seen, atol=1e-5)


def test_the_comparison_sees_a_step_left_out() -> None:
    """Danger: a tolerance within which anything passes."""
    trial = bench("bert", "full", shared_model_folder("bert"), World())
    train(trial, World(), last=STEPS - 1)
    short = gather_state(trial.model, trial.method, trial.optimizer).weights
    assert difference(alone("bert", "full")[0], short) > 1e-4


def _go_on(world: World, folder: str, out: str, way: str) -> None:
    """Half a training in the leader alone, the rest by both."""
    trial = bench("bert", "full", folder, world)
    if world.leads:
        single = bench("bert", "full", folder, World())
        train(single, World(), last=STEPS // 2)
        trial.model.load_state_dict(single.model.state_dict())
        names = dict(single.model.named_parameters())
        for name, parameter in trial.model.named_parameters():
            trial.optimizer.state[parameter] = single.optimizer.state[names[name]]
    before, names = trial.optimizer, dict(trial.model.named_parameters())
    share_weights(trial.method.trained_state(trial.model), world)
    if way == "slices":
        trial.spread()
    share_moments(before, names, trial.optimizer, dict(trial.model.named_parameters()), world)
    train(trial, world, first=STEPS // 2)
    save_file(gather_state(trial.model, trial.method, trial.optimizer).weights, f"{out}/{way}-{world.rank}.safetensors")


@pytest.mark.parametrize("way", WAYS)
def test_a_training_begun_alone_is_ended_by_two(tmp_path: Path, way: str) -> None:
    """Danger: moments that only the first process has: the others would move by other steps."""
    spawn(_go_on, str(shared_model_folder("bert")), str(tmp_path), way)
    for rank in range(2):
        assert difference(alone("bert", "full")[0], load_file(tmp_path / f"{way}-{rank}.safetensors")) < 1e-6


def _run_short(world: World, folder: str, out: str) -> None:
    """Memory runs out in one of two processes, twice; then in a step of single rows; then with slices."""
    trial = bench("bert", "full", folder, world)
    plan, compute, left = plan_of(trial, world), trial.stepper._accumulate, [2 if world.rank == 1 else 0]

    def accumulate(*given: Any) -> Any:
        result = compute(*given)
        if left[0]:
            left[0] -= 1
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        return result

    trial.stepper._accumulate = accumulate  # type: ignore[method-assign]
    job: Any = SimpleNamespace(
        plan=plan, world=world, stepper=trial.stepper, optimizer=trial.optimizer, training=TRAINING, steps=STEPS
    )
    update, budget = _exact_update(job, plan.samples(0), 0, BUDGET)
    kept = gather_state(trial.model, trial.method, trial.optimizer).weights
    save_file(kept, f"{out}/{world.rank}.safetensors")
    told = {"budget": budget, "tally": update.tally, "errors": []}
    left[0] = 9 if world.rank == 0 else 0
    for rows in (plan.samples(1)[:1], plan.samples(2)):
        if len(rows) > 1:
            trial.stepper.sharded = True  # nothing but the message is looked at
            left[0] = 9
        try:
            _exact_update(job, rows, 1, BUDGET)
        except ResourceError as error:
            told["errors"].append(str(error))
    Path(f"{out}/{world.rank}.json").write_text(json.dumps(told))


def test_processes_agree_on_a_lower_budget(tmp_path: Path) -> None:
    """Danger: the one that ran short cuts its share anew, and rows are computed twice or not at all."""
    spawn(_run_short, str(shared_model_folder("bert")), str(tmp_path))
    trial = bench("bert", "full", shared_model_folder("bert"), World())
    train(trial, World(), last=1)
    wanted = gather_state(trial.model, trial.method, trial.optimizer).weights
    told = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    assert told[0] == told[1]
    assert 1 <= told[0]["budget"] <= BUDGET // 4
    assert told[0]["tally"] == tally([plan_of(trial, World()).samples(0)])
    for rank in range(2):
        assert difference(wanted, load_file(tmp_path / f"{rank}.safetensors")) < 1e-6
    one_row, slices = told[0]["errors"]
    assert "does not fit into memory even one row at a time" in one_row
    assert "training.token_budget=" in slices
    assert "--resume" in slices


def _go_wrong(world: World, folder: str, out: str) -> None:
    """A row of the second process has no finite loss."""
    trial = bench("bert", "full", folder, world)
    plan = plan_of(trial, world)
    rows = plan.samples(0)
    bad = int(plan.cut(rows, 1)[0][0])
    marks = torch.zeros(ROWS)
    marks[bad] = float("nan")
    trial.stepper.make_batch = lambda rows: Batch(trial.encoded.collate(rows), marks[torch.from_numpy(rows)])
    trial.stepper.loss_of = lambda model, batch: SimpleNamespace(  # type: ignore[assignment,return-value]
        sum=(model(**batch.arguments).logits.sum(1) * batch.targets).sum(), weight=float(len(batch.targets))
    )
    try:
        trial.stepper.update(plan.cut(rows, world.rank), len(rows), seed=0)
    except NonFiniteError as error:
        Path(f"{out}/{world.rank}.txt").write_text(f"{bad}|{error}")
    odd = Progress(fingerprint="other" if world.rank else "mine", token_budget=100 + world.rank)
    try:
        agree(world, odd)
    except CheckpointError as error:
        Path(f"{out}/{world.rank}-odd.txt").write_text(str(error))
    assert agree(world, odd.having(fingerprint="same", best_value=0.1 + 0.2)) == Progress(
        fingerprint="same", token_budget=100, best_value=0.1 + 0.2
    )


def test_whoever_computed_the_bad_row_all_of_them_name_it(tmp_path: Path) -> None:
    """Danger: the process that speaks is not the one that saw the row, and the user is left to search."""
    spawn(_go_wrong, str(shared_model_folder("bert")), str(tmp_path))
    said = [(tmp_path / f"{rank}.txt").read_text() for rank in range(2)]
    assert said[0] == said[1]
    row, _, message = said[0].partition("|")
    assert f"Rows whose loss is not finite: rows {row}\n" in message


def test_a_process_with_other_data_is_found_before_the_first_step(tmp_path: Path) -> None:
    """Danger: two machines with two versions of a file train one model on both, and nothing shows it."""
    spawn(_go_wrong, str(shared_model_folder("bert")), str(tmp_path))
    said = {(tmp_path / f"{rank}-odd.txt").read_text() for rank in range(2)}
    assert len(said) == 1
    assert "process 1 (1 of 2 in all) are not those of process 0" in said.pop()


def test_the_law_has_steps_that_leave_a_process_without_rows() -> None:
    """Danger: with slices such a process must keep pace with the others, and no test would see that it does not."""
    plan = plan_of(bench("bert", "full", shared_model_folder("bert"), World()), World(0, 2))
    assert ROWS % BATCH == 1
    assert sorted(len(piece) for rank in range(2) for piece in plan.cut(plan.samples(3), rank)) == [0, 1]
