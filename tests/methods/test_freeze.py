"""The lower layers stay as they are."""

from __future__ import annotations

import pytest
import torch
from tiny_models import FAMILIES, shared_model_folder, tiny_config
from trial import Trial

from tunewright.errors import RecipeError
from tunewright.methods.freeze import Freeze
from tunewright.models.encoder import bare_encoder
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.tasks import Space
from tunewright.tasks.classify import Classify

SPACE = Space("classes", ("a", "b"), (1, 1))


def model_of(family: str) -> torch.nn.Module:
    return Classify().model(Source(family, str(shared_model_folder(family))), SPACE, LoadOptions(0, 0))


def learning(model: torch.nn.Module) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def test_what_learns_in_bert() -> None:
    """Danger: one layer too many or too few: nobody sees it in a curve."""
    names = learning(Freeze(layers=1).prepare(model_of("bert"), 0))
    assert {name.split(".layer.")[1][0] for name in names if ".layer." in name} == {"1"}
    assert not any("embeddings" in name for name in names)
    assert {"classifier.weight", "classifier.bias", "bert.pooler.dense.weight"} <= names


@pytest.mark.parametrize("family", FAMILIES)
def test_all_layers_frozen_leaves_the_head_alone(family: str) -> None:
    """Danger: a final norm that goes on learning under the name of a linear probe."""
    heads = ("classifier", "score", "pooler", "pre_classifier", "head")
    names = learning(Freeze(layers=2).prepare(model_of(family), 0))
    assert names
    assert all(any(part in heads for part in name.split(".")) for name in names), names


@pytest.mark.parametrize("family", FAMILIES)
def test_embeddings_can_learn_below_frozen_layers(family: str) -> None:
    """Danger: a flag that is read and does nothing."""
    model = Freeze(layers=1, embeddings=False).prepare(model_of(family), 0)
    assert model.get_input_embeddings().weight.requires_grad
    assert not Freeze(layers=1).prepare(model, 0).get_input_embeddings().weight.requires_grad


def test_preparing_again_sets_free_what_was_frozen() -> None:
    """Danger: stages of a curriculum: what the first one froze stays frozen in the second."""
    model = Freeze(layers=2).prepare(model_of("bert"), 0)
    assert any(".layer.1." in name for name in learning(Freeze(layers=1).prepare(model, 0)))


@pytest.mark.parametrize("family", FAMILIES)
def test_more_layers_than_there_are(family: str) -> None:
    """Danger: `layers: 12` on a model of six: everything frozen, and a result that looks like a bad learning rate."""
    with pytest.raises(RecipeError) as caught:
        Freeze(layers=3).prepare(model_of(family), 0)
    (problem,) = caught.value.problems
    assert problem.where == "method.layers"
    assert "is 3, and this model has 2 layers" in problem.what
    assert "0 to 2" in problem.hint


@pytest.mark.parametrize("family", FAMILIES)
def test_frozen_modules_are_in_evaluation_mode(family: str) -> None:
    """Danger: dropout in what cannot learn: noise without a use, and outputs that cannot be kept between epochs."""
    bench = Trial(family, Freeze(layers=1), dropout=0.1)
    for name, module in bench.plain.named_modules():
        own = list(module.parameters())
        if own and isinstance(module, (torch.nn.Linear, torch.nn.Embedding)):
            assert module.training == own[0].requires_grad, name
    assert bench.plain.training


def test_a_model_of_frozen_layers_alone_is_refused() -> None:
    """Danger: an encoder without a new head, all of whose layers stay: the optimizer would have nothing to move."""
    model = bare_encoder(tiny_config("bert"))
    with pytest.raises(RecipeError, match="nothing is left to learn"):
        Freeze(layers=2).prepare(model, 0)
    assert any(parameter.requires_grad for parameter in Freeze(layers=1).prepare(model, 0).parameters())
