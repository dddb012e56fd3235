"""Of two answers the chosen one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from trial import Trial, trial

from tunewright.inputs.text import TextInput
from tunewright.tasks.prefer import Prefer


def test_log_probabilities_are_those_of_the_answers_alone():
    """Danger: the question, padding or the other answer is counted; the peer is a plain call of the model."""
    bench = trial("llama", "full", "prefer")
    outputs = bench.logits(bench.plain.eval())
    for row in (0, 5):
        ids, marks = (
            part[bench.encoded.offsets[row] : bench.encoded.offsets[row + 1]]
            for part in (bench.encoded.ids, bench.encoded.marks)
        )
        for side in (0, 1):
            own = torch.tensor(ids[marks // 2 == side].astype(np.int64))
            known = bench.plain(input_ids=own[None]).logits[0].log_softmax(-1)
            places = np.flatnonzero(marks[marks // 2 == side] % 2)
            wanted = sum(float(known[place - 1, own[place]].detach()) for place in places)
            assert float(outputs[row, side]) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_training_starts_at_the_reference_and_moves_away(method):
    """Danger: with an adapter the reference is another model than the one without it."""
    bench = Trial("llama", method, "prefer")
    bench.truth = bench.logits(bench.model.eval()).numpy()
    first = bench.task.loss_of(bench.model, bench.batch(bench.rows), bench.space)
    assert float(first.sum.detach()) / first.weight == pytest.approx(math.log(2), abs=1e-5)
    assert np.allclose(bench.truth, bench.before.numpy(), atol=1e-4), "what was added changes the model at once"
    bench.step(6)
    margins = bench.task.margins(bench.truth, bench.logits(bench.model.eval()).double().numpy())
    assert margins.mean() > 0 and (margins > 0).mean() > 0.6


def test_pairs_that_teach_nothing_are_named():
    """Danger: two equal answers, or one that is cut away, are computed and teach nothing, or only length."""
    bench = trial("llama", "full", "prefer")
    cells = {"t": ["good film"] * 2, "r": ["fine", "fine"], "other": ["fine", "bad"]}
    found = bench.task.faults(bench.inputs.encode(cells, bench.tokenizer, 200))
    assert found == {0: "both answers are the same, as far as they are read"}
    assert set(bench.task.faults(bench.inputs.encode(cells, bench.tokenizer, 6))) == {0, 1}
    assert "pairs of answers" in Prefer().misfit(TextInput(text="t"))[0]


def test_a_pair_with_one_answer_cut_away_moves_nothing():
    """Danger: an answer that is not there has a log-probability of 0, and so the longer one is unlearned."""
    bench = trial("llama", "full", "prefer")
    cells = {"t": ["good film"], "r": ["fine"], "other": ["bad " * 9]}
    encoded = bench.inputs.encode(cells, bench.tokenizer, 200)
    kept = np.flatnonzero(encoded.marks != 3)
    given = {"input_ids": torch.from_numpy(encoded.ids[kept].astype(np.int64))[None]}
    given["marks"] = torch.from_numpy(encoded.marks[kept].astype(np.int64))[None]
    outputs = bench.task.outputs(bench.model, given)
    outputs.sum().backward()
    assert outputs.tolist() == [[0.0, 0.0]]
    assert all(p.grad is None or not p.grad.any() for p in bench.model.parameters())


def test_the_filling_of_unlike_sides_is_read_too():
    """Danger: the word table trains only the rows in use; a model whose padding has another id than 0 is then given a
    token that the table does not have."""
    bench = trial("llama", "full", "prefer")
    assert 0 in Prefer().ids_read(bench.encoded, None)
