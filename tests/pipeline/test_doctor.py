"""What the doctor says about this machine is measured, and what is missing comes with its command."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest
import torch

from tunewright.pipeline import doctor


@pytest.fixture(scope="module")
def found():
    return doctor.examine()


def test_rates_are_measured_and_fit_the_choice(found):
    """A table of wishes would say the same on every machine."""
    rates = {rate.dtype: rate.gflops for rate in found.rates}
    assert {"fp32", "bf16"} <= set(rates)
    assert all(0.1 < gflops < 1e7 for gflops in rates.values())
    assert found.precision in rates
    assert found.precision_reason
    assert ("fp16" in rates) == torch.cuda.is_available()


def test_the_machine_and_the_versions_are_real(found):
    """A bug report is as good as these lines."""
    assert found.packages["torch"].startswith(torch.__version__.split("+")[0])
    assert set(found.packages) == {"tunewright", "torch", "transformers", "peft"}
    assert 0 < found.free_memory_bytes < 1 << 46
    assert found.free_disk_bytes > 0
    assert found.machine.threads >= 1


def test_threads_are_left_as_they_were():
    """A look at the machine must not change it."""
    before = torch.get_num_threads()
    doctor.examine()
    assert torch.get_num_threads() == before


def test_what_is_missing_comes_with_its_command(monkeypatch):
    """The name of the package is not the name of the extra: nobody guesses it."""
    usual = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "datasets" else usual(name))
    extras = {extra.name: extra for extra in doctor.examine().extras}
    assert not extras["hub"].installed
    assert extras["hub"].command == "pip install 'tunewright[hub]'"
    assert extras["tensorboard"].installed == (usual("tensorboard") is not None)
    told = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(extras) == set(told["project"]["optional-dependencies"]) - {"dev", "bench", "ray"}
