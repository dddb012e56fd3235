"""Dropout rates, under whatever name a family keeps them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from tiny_models import FAMILIES, tiny_config
from torch import nn

from tunewright.models.dropout import dropout_settings
from tunewright.models.head import bare_with_head

ATTENTION = {
    "bert": {"attention_probs_dropout_prob"},
    "roberta": {"attention_probs_dropout_prob"},
    "xlm-roberta": {"attention_probs_dropout_prob"},
    "deberta-v2": {"attention_probs_dropout_prob"},
    "distilbert": {"attention_dropout"},
    "modernbert": {"attention_dropout"},
    "llama": {"attention_dropout"},
}
OTHER = {
    "bert": {"hidden_dropout_prob", "classifier_dropout"},
    "roberta": {"hidden_dropout_prob", "classifier_dropout"},
    "xlm-roberta": {"hidden_dropout_prob", "classifier_dropout"},
    "deberta-v2": {"hidden_dropout_prob", "pooler_dropout"},
    "distilbert": {"dropout", "seq_classif_dropout", "qa_dropout"},
    "modernbert": {"embedding_dropout", "mlp_dropout", "classifier_dropout"},
    "llama": set(),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_names_of_every_family(family: str) -> None:
    """Danger: an override that sets a name the family does not read, and changes nothing."""
    config = tiny_config(family)
    assert dropout_settings(config, None, 0.2) == dict.fromkeys(ATTENTION[family], 0.2)
    assert dropout_settings(config, 0.3, None) == dict.fromkeys(OTHER[family], 0.3)
    assert dropout_settings(config, None, None) == {}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("dropout", "attention"), [(0.0, 0.0), (0.25, 0.0), (0.25, 0.75)])
def test_no_module_escapes(family: str, dropout: float, attention: float) -> None:
    """Danger: one dropout left on under a name that the table lacks: the run is not the one that was asked for."""
    config = tiny_config(family)
    for name, value in dropout_settings(config, dropout, attention).items():
        setattr(config, name, value)
    with torch.device("meta"):
        model = nn.ModuleList([bare_with_head(config, 3), bare_with_head(config, 2, "AutoModelForQuestionAnswering")])
    rates = {float(m.p) for m in model.modules() if isinstance(m, nn.Dropout)}
    own = [getattr(module, "attention_dropout", None) for module in model.modules()]
    rates |= {rate for rate in own if isinstance(rate, float)}
    assert rates <= {dropout, attention}
    if family != "llama":
        assert dropout in rates


def test_null_keeps_the_models_own() -> None:
    """Danger: a default that silently trains without the dropout a model was published with."""
    config = tiny_config("bert")
    before = config.to_dict()
    dropout_settings(config, None, None)
    assert config.to_dict() == before


def test_no_dropout_means_no_layer_is_passed_over() -> None:
    """Danger: `dropout: 0`, and one layer in ten is still left out by chance."""
    config = SimpleNamespace(layerdrop=0.1, drop_path_rate=0.1, final_dropout=0.1)
    assert dropout_settings(config, 0.0, None) == {"final_dropout": 0.0, "layerdrop": 0.0, "drop_path_rate": 0.0}
    assert dropout_settings(config, 0.2, None) == {"final_dropout": 0.2}
