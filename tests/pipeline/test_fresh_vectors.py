"""The vectors of a saved encoder, as sentence-transformers and plain transformers give them in a new process."""

from __future__ import annotations

import io
import json
import sys

import pytest
import torch
from tiny_models import shared_model_folder

from tunewright.pipeline import fresh_vectors


@pytest.mark.parametrize("pairs", [None, ["a plot", "bad"]])
def test_one_vector_for_each_text(monkeypatch, capsys, pairs) -> None:
    """Danger: the second texts are left out, and what is compared is half of what is handed over."""
    asked = {
        "folder": str(shared_model_folder("bert")),
        "texts": ["good film", "the end of a very long story"],
        "pairs": pairs,
        "max_length": 6,
        "threads": torch.get_num_threads(),
    }
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
    fresh_vectors.main()
    found = torch.tensor(json.loads(capsys.readouterr().out)["logits"])
    sides = 1 if pairs is None else 2
    assert found.shape == (2, 32 * sides)
    assert torch.allclose(found.reshape(2, sides, 32).norm(dim=-1), torch.ones(2, sides), atol=1e-6)
