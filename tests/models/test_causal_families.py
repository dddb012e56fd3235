"""Which causal models are answered row by row, whatever lies around a row."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from transformers import AutoConfig

from tunewright.models.causal_families import CAUSAL_FAMILIES, rows_stand_alone


@pytest.mark.parametrize("family", sorted(CAUSAL_FAMILIES))
def test_a_family_as_it_is_published_stands_alone(family):
    """Danger: a field that every configuration of a family has keeps all of it from being packed."""
    assert rows_stand_alone(AutoConfig.for_model(family))


@pytest.mark.parametrize(
    "changes",
    [
        {"is_causal": False},
        {"use_bidirectional_attention": True},
        {"add_cross_attention": True},
        {"rope_parameters": {"rope_type": "dynamic"}},
        {
            "rope_parameters": {
                "full_attention": {"rope_type": "longrope"},
                "sliding_attention": {"rope_type": "default"},
            }
        },
        {"model_type": "opt"},
    ],
    ids=str,
)
def test_what_looks_elsewhere_does_not(changes):
    """Danger: a model set to read in both directions, or whose positions follow the longest row, is packed all the
    same."""
    config = {"model_type": "llama", "rope_parameters": {"rope_type": "default"}}
    assert rows_stand_alone(SimpleNamespace(**config))
    assert not rows_stand_alone(SimpleNamespace(**(config | changes)))
