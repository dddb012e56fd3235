"""Training only the embedding rows in use: the same weights as training the whole table, and nothing left behind."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from trial import Trial, trial

from tunewright.models.rows_in_use import RowsInUse, dense_gradients, train_rows_in_use
from tunewright.recipe import Training
from tunewright.training.optimizer import build_optimizer


def three_steps(bench: Trial, compact: bool) -> dict[str, torch.Tensor]:
    """Weights after three clipped AdamW steps from the same start."""
    model = bench.method.prepare(copy.deepcopy(bench.plain), 0).train()
    ids = bench.encoded.ids if compact else np.arange(10**6)
    with train_rows_in_use(model, ids, bench.encoded.pad_id):
        embedding = model.get_input_embeddings()
        assert isinstance(embedding, RowsInUse) == compact
        optimizer = build_optimizer(model, model, Training(weight_decay=0.1), 1e-2)
        for _ in range(3):
            optimizer.zero_grad()
            logits = model(**bench.encoded.collate(range(8))).logits
            nn.functional.cross_entropy(logits, torch.from_numpy(bench.truth[:8])).backward()
            dense_gradients(model.parameters())
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    return {name: p.detach() for name, p in model.named_parameters()}


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "llama"])
def test_the_weights_are_those_of_training_the_whole_table(family: str) -> None:
    """Danger: a row mapped to another's vector, an unused row that decays, a padding row that starts to learn."""
    bench = trial(family, "full", "classify")
    whole, compact = three_steps(bench, False), three_steps(bench, True)
    assert whole.keys() == compact.keys()
    for name, weight in whole.items():
        assert weight.shape == compact[name].shape
        assert float((weight - compact[name]).abs().max()) < 1e-6, name


def test_evaluation_sees_every_row_with_the_newest_weights() -> None:
    """Danger: validation on words that no training row has, or on yesterday's vectors."""
    model = copy.deepcopy(trial("bert", "full", "classify").plain)
    before = model.get_input_embeddings().weight.detach().clone()
    with train_rows_in_use(model, np.array([7, 3, 3]), 3):
        embedding = model.get_input_embeddings()
        assert tuple(embedding.weight.shape) == (2, before.shape[1])
        with torch.no_grad():
            embedding.weight += 1.0
        model.eval()
        with torch.inference_mode():
            vectors = embedding(torch.tensor([[2, 3], [7, 8]]))
        assert torch.equal(vectors[0, 0], before[2])
        assert torch.equal(vectors[1, 1], before[8])
        assert torch.equal(vectors[0, 1], before[3] + 1.0)
        assert torch.equal(vectors[1, 0], before[7] + 1.0)
    after = model.get_input_embeddings()
    assert type(after) is nn.Embedding
    assert torch.equal(after.weight[7], before[7] + 1.0)
    assert torch.equal(after.weight[8], before[8])


def test_an_id_that_is_not_in_use_is_an_error_in_training() -> None:
    """Danger: a token whose vector is silently another's, or never learns."""
    model = copy.deepcopy(trial("bert", "full", "classify").plain).train()
    with train_rows_in_use(model, np.array([3, 7]), 3), pytest.raises(IndexError):
        model.get_input_embeddings()(torch.tensor([[5]]))


def test_what_cannot_be_made_smaller_is_left_alone() -> None:
    """Danger: an output layer that shares the table loses its rows; a frozen table starts to learn."""
    plain = trial("bert", "full", "classify").plain
    tied = copy.deepcopy(plain)
    tied.out = nn.Linear(32, 160, bias=False)
    tied.out.weight = tied.get_input_embeddings().weight
    frozen = copy.deepcopy(plain).requires_grad_(False)
    every = copy.deepcopy(plain)
    beyond = copy.deepcopy(plain)
    for model, ids in ((tied, [3]), (frozen, [3]), (every, range(160)), (beyond, [3, 160])):
        with train_rows_in_use(model, np.array(ids), 3):
            assert type(model.get_input_embeddings()) is nn.Embedding


def test_it_is_put_back_after_an_error() -> None:
    """Danger: a stopped training leaves a model that cannot be saved."""
    model = copy.deepcopy(trial("bert", "full", "classify").plain)
    with pytest.raises(KeyError), train_rows_in_use(model, np.array([3]), 3):
        raise KeyError
    assert type(model.get_input_embeddings()) is nn.Embedding


def test_a_copy_shares_nothing_by_accident() -> None:
    """Danger: a replica of the model looks up in the original's weights."""
    model = copy.deepcopy(trial("bert", "full", "classify").plain).train()
    with train_rows_in_use(model, np.array([3, 7]), 3):
        twin = copy.deepcopy(model)
        with torch.no_grad():
            twin.get_input_embeddings().weight.zero_()
            assert bool(model.get_input_embeddings()(torch.tensor([3])).any())
