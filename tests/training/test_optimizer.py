"""AdamW, and which weights decay."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_models import FAMILIES
from torch import nn
from trial import METHODS, Trial, trial

from tunewright.models.anatomy import anatomy
from tunewright.recipe import Training
from tunewright.training.optimizer import apply_gradients, build_optimizer, set_learning_rate

NORMS = ("LayerNorm", "RMSNorm")


def groups(bench: Trial, training: Training | None = None, rate: float = 1e-3) -> dict[str, dict[str, Any]]:
    """Group of every learning parameter, by name."""
    optimizer = build_optimizer(bench.model, bench.plain, training or Training(), rate)
    names = {id(parameter): name for name, parameter in bench.model.named_parameters()}
    return {names[id(p)]: group for group in optimizer.param_groups for p in group["params"]}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_matrices_decay_and_nothing_else(family: str, method: str) -> None:
    """Danger: norms and biases pulled to zero; or a family whose norms have a class of their own and slip through."""
    bench = trial(family, method)
    found = groups(bench, Training(weight_decay=0.1))
    assert found.keys() == {name for name, p in bench.model.named_parameters() if p.requires_grad}
    owners = dict(bench.model.named_modules())
    for name, group in found.items():
        owner = owners[name.rpartition(".")[0]]
        spared = (
            name.endswith("bias") or isinstance(owner, nn.Embedding) or any(n in type(owner).__name__ for n in NORMS)
        )
        assert group["weight_decay"] == (0.0 if spared else 0.1), name
    assert {0.1} <= {group["weight_decay"] for group in found.values()}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_head_has_its_own_rate(family: str, method: str) -> None:
    """Danger: a rate meant for a fresh head that reaches the pretrained body, or never reaches the head."""
    bench = trial(family, method)
    found = groups(bench, Training(head_learning_rate=0.02), rate=0.001)
    head = anatomy(bench.plain).head
    in_head = {name for name in found if any(f".{h}." in f".{name}" for h in head)}
    assert in_head
    assert {found[name]["peak"] for name in in_head} == {0.02}
    assert {found[name]["peak"] for name in found.keys() - in_head} == {0.001}
    assert {group["peak"] for group in groups(bench, rate=0.001).values()} == {0.001}


def test_the_groups_of_bert() -> None:
    """Danger: the rules above agree with each other and are wrong together. These are named by hand."""
    found = groups(trial("bert"), Training(weight_decay=0.1, head_learning_rate=0.02))
    expected = {
        "bert.embeddings.word_embeddings.weight": (0.0, 0.001),
        "bert.embeddings.LayerNorm.weight": (0.0, 0.001),
        "bert.encoder.layer.0.attention.self.query.weight": (0.1, 0.001),
        "bert.encoder.layer.0.attention.self.query.bias": (0.0, 0.001),
        "bert.encoder.layer.1.output.LayerNorm.bias": (0.0, 0.001),
        "bert.pooler.dense.weight": (0.1, 0.02),
        "classifier.weight": (0.1, 0.02),
        "classifier.bias": (0.0, 0.02),
    }
    assert {n: (found[n]["weight_decay"], found[n]["peak"]) for n in expected} == expected
    assert len({id(group) for group in found.values()}) == 4


def test_the_recipes_numbers_arrive() -> None:
    """Danger: betas or epsilon of torch's defaults in a run that states others."""
    bench = trial("bert")
    training = Training(betas=(0.8, 0.95), epsilon=1e-6, weight_decay=0.3)
    optimizer = build_optimizer(bench.model, bench.plain, training, 0.5)
    for group in optimizer.param_groups:
        assert group["betas"] == (0.8, 0.95)
        assert group["eps"] == 1e-6
        assert group["fused"] is True
        assert group["lr"] == 0.5


def test_factors_scale_every_group_from_its_own_peak() -> None:
    """Danger: a rate multiplied again and again, falling to nothing within ten steps."""
    bench = trial("bert")
    optimizer = build_optimizer(bench.model, bench.plain, Training(head_learning_rate=0.4), 0.1)
    for factor in (0.5, 0.25, 1.0):
        set_learning_rate(optimizer, factor)
        assert {group["lr"] for group in optimizer.param_groups} == {0.1 * factor, 0.4 * factor}


def test_one_step_is_adamws() -> None:
    """Danger: a fused kernel that decays or corrects its bias in another way. The peer is the paper's formula."""
    bench = trial("bert")
    training = Training(weight_decay=0.1, betas=(0.9, 0.99), epsilon=1e-8)
    optimizer = build_optimizer(bench.model, bench.plain, training, 0.01)
    weight = bench.plain.classifier.weight
    before = weight.detach().clone().double()
    gradient = torch.randn(weight.shape, generator=torch.Generator().manual_seed(0))
    weight.grad = gradient.clone()
    optimizer.step()
    moment, square = 0.1 * gradient.double(), 0.01 * gradient.double() ** 2
    expected = before * (1 - 0.01 * 0.1) - 0.01 * (moment / (1 - 0.9)) / ((square / (1 - 0.99)).sqrt() + 1e-8)
    assert torch.allclose(weight.detach().double(), expected, atol=1e-7)


@pytest.mark.parametrize("factor", [1.0, 0.25, 3.0])
def test_a_factor_is_that_of_the_gradients(factor: float) -> None:
    """Danger: clipping that divides where it should multiply, or that stays for the steps after it."""
    weights, peers = ([nn.Parameter(torch.linspace(-1, 1, 50))] for _ in range(2))
    one, other = (torch.optim.AdamW(each, lr=0.1, eps=0.1, fused=True) for each in (weights, peers))
    for seed, scale in ((0, factor), (1, 1.0)):
        gradient = torch.randn(50, generator=torch.Generator().manual_seed(seed))
        weights[0].grad, peers[0].grad = gradient.clone(), gradient * scale
        apply_gradients(one, scale)
        other.step()
        assert torch.allclose(weights[0].grad, peers[0].grad)
    assert torch.allclose(weights[0], peers[0], atol=1e-6)
