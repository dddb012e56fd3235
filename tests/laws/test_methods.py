"""What every method owes: nothing changes before training, nothing moves that should not, nothing is lost after."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from tiny_models import FAMILIES
from torch import Tensor
from transformers import AutoModelForSequenceClassification
from trial import METHODS, Trial, trial

from tunewright.methods import load_adapter
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import quiet_transformers

METHODS_OF_FAMILIES = tuple(product(FAMILIES, METHODS))
pytestmark = pytest.mark.parametrize(("family", "method"), METHODS_OF_FAMILIES)


def largest(a: Tensor, b: Tensor) -> float:
    return float((a.double() - b.double()).abs().max())


def evaluated(bench: Trial) -> Any:
    return bench.model.eval()


def test_preparing_changes_no_output(family: str, method: str) -> None:
    """Danger: an addition that does not start at nothing, and training that begins at a model nobody measured."""
    bench = trial(family, method)
    assert torch.equal(bench.logits(evaluated(bench)), bench.before)


def test_only_declared_parameters_move(family: str, method: str) -> None:
    """Danger: weight decay or a forgotten flag moves weights that were promised to stay. Compared bit for bit."""
    bench = trial(family, method)
    bench.step(3)
    learning = {name for name, parameter in bench.model.named_parameters() if parameter.requires_grad}
    assert learning
    moved = {name for name, tensor in bench.weights().items() if not torch.equal(tensor, bench.start[name])}
    assert moved <= learning
    reached = {n for n, p in bench.model.named_parameters() if p.grad is not None and bool(p.grad.any())}
    assert reached <= moved
    assert len(reached) > len(learning) / 2


def test_the_head_learns(family: str, method: str) -> None:
    """Danger: a new head that stays as it was drawn; the body then learns to serve noise."""
    bench = trial(family, method)
    bench.step(1)
    # peft keeps the head's first state beside the one that learns
    moved = [n for n, p in bench.weights().items() if not torch.equal(p, bench.start[n])]
    assert any(".classifier." in f".{name}" or ".score." in f".{name}" for name in moved)


def test_merging_changes_no_output(family: str, method: str, record_property: Callable[[str, object], None]) -> None:
    """Danger: peers' merged adapters that differ from what was measured. The largest difference is recorded."""
    bench = trial(family, method)
    bench.step(5)
    trained = bench.logits(evaluated(bench))
    assert largest(trained, bench.before) > 1e-3, "nothing was learned that a merge could lose"
    merged = bench.method.merge(copy.deepcopy(bench.model)).eval()
    difference = largest(bench.logits(merged), trained)
    record_property("max_difference", difference)
    print(f"\n{family} {method}: merged differs from unmerged by {difference:.1e}", end="")
    assert difference < 1e-5
    own, plain = merged.state_dict(), bench.task.model(bench.source, bench.space, LoadOptions(0, 0)).state_dict()
    assert own.keys() == plain.keys(), "the merged model is not the plain one of the architecture"
    assert type(merged).__name__.endswith("ForSequenceClassification")


def test_trained_state_comes_back(family: str, method: str, tmp_path: Path) -> None:
    """Danger: a checkpoint that lacks a part of what learns; the run resumes, a little worse, and says nothing."""
    bench = trial(family, method)
    bench.step(2)
    wanted = bench.weights()
    save_file({n: t.clone() for n, t in bench.method.trained_state(bench.model).items()}, tmp_path / "w.safetensors")
    bench.restart()
    assert any(not torch.equal(tensor, wanted[name]) for name, tensor in bench.model.state_dict().items())
    bench.method.load_trained_state(bench.model, load_file(tmp_path / "w.safetensors"))
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in bench.model.state_dict().items())


def test_trained_state_holds_no_frozen_weight(family: str, method: str) -> None:
    """Danger: checkpoints of an adapter as large as the model."""
    bench = trial(family, method)
    parameters = dict(bench.model.named_parameters())
    state = bench.method.trained_state(bench.model)
    assert {n for n in state if n in parameters} == {n for n, p in parameters.items() if p.requires_grad}


def test_a_foreign_checkpoint_is_refused(family: str, method: str) -> None:
    """Danger: weights of another recipe, half of them put in place."""
    bench = trial(family, method)
    state = bench.method.trained_state(bench.model)
    name = next(iter(state))
    with pytest.raises(KeyError, match="differ in 1 tensors"):
        bench.method.load_trained_state(bench.model, {n: t for n, t in state.items() if n != name})
    with pytest.raises(KeyError, match="differ in 1 tensors: stranger"):
        bench.method.load_trained_state(bench.model, state | {"stranger": torch.zeros(1)})


def test_dropout_follows_what_learns(family: str, method: str) -> None:
    """Danger: noise in layers that cannot learn to bear it; and a frozen part whose outputs differ by the epoch."""
    bench = Trial(family, method, dropout=0.5)
    boundary = _last_frozen_module(bench)
    seen: list[Tensor] = []
    if boundary is not None:
        boundary.register_forward_hook(lambda m, i, out: seen.append(out[0] if isinstance(out, tuple) else out))
    noisy = [bench.logits(bench.model) for _ in range(2)]
    bench.step(2)
    bench.logits(bench.model)
    assert not torch.equal(*noisy), "dropout is off altogether"
    if boundary is not None:
        assert len(seen) == 5
        assert all(torch.equal(seen[0].detach(), other.detach()) for other in seen[1:])


def _last_frozen_module(bench: Trial) -> Any:
    """The module up to which a method promises that nothing changes, where it does."""
    if bench.method.kind != "freeze":
        return None
    stack = bench.plain.base_model
    layers = next(m for m in stack.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == 2)
    return layers[bench.method.layers - 1]


OPENED_BY: dict[str, Callable[[Any, str], Any]] = {"lora": PeftModel.from_pretrained, "adapter": load_adapter}


def test_an_adapter_opens_on_the_base_model(family: str, method: str, tmp_path: Path) -> None:
    """Danger: an adapter folder without its head, or that nothing but a run can read. LoRA's opens with plain peft."""
    bench = trial(family, method)
    if not bench.method.adds:
        with pytest.raises(NotImplementedError, match="adds no weights"):
            bench.method.save_adapter(bench.model, tmp_path)
        return
    bench.step(3)
    wanted = bench.logits(evaluated(bench))
    with quiet_transformers():
        bench.method.save_adapter(bench.model, tmp_path / "adapter")
        base = AutoModelForSequenceClassification.from_pretrained(
            bench.folder, num_labels=len(bench.space.names), pad_token_id=0, dtype="float32"
        )
        reloaded = OPENED_BY[method](base, str(tmp_path / "adapter")).eval()
    assert largest(bench.logits(reloaded), wanted) < 1e-6
    sizes = [file.stat().st_size for file in (tmp_path / "adapter").glob("*.safetensors")]
    assert len(sizes) == 1
    assert not list((tmp_path / "adapter").glob("*.bin"))


def test_new_weights_follow_the_seed(family: str, method: str) -> None:
    """Danger: a run that cannot be repeated, or a seed that changes nothing of what is drawn."""
    first, again = trial(family, method).start, Trial(family, method).start
    assert all(torch.equal(first[name], again[name]) for name in first)
    state = torch.get_rng_state()
    Trial(family, method)
    assert torch.equal(torch.get_rng_state(), state), "drawing new weights disturbed the global random state"


def test_the_learning_rate_is_sound(family: str, method: str) -> None:
    """Danger: a default that is right at one width and diverges at another."""
    bench = trial(family, method)
    rate = bench.method.learning_rate(bench.plain.config)
    assert 1e-6 <= rate <= 2e-3
    assert np.isfinite(rate)
