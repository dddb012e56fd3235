"""What tasks on the text itself share: joined rows, figures by tokens."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer
from trial import trial

from tunewright.data.reading import read
from tunewright.inputs.text import TextInput
from tunewright.tasks.text_task import joined, laid_out


def test_a_block_stands_where_its_first_row_does(tmp_path):
    """Danger: a message names a line that has nothing to do with what went wrong."""
    path = tmp_path / "a.txt"
    path.write_text("\n".join(f"good film number {word}" for word in "abcdefghij"), encoding="utf-8")
    table = joined(read(path, role="train"), TextInput(text="text"), tiny_tokenizer(), 16)
    assert 1 < len(table) < 10
    assert table.line[0] == 1 and table.line.tolist() == sorted(table.line.tolist())
    for row, text in enumerate(table.columns["text"]):
        assert text.split("\n")[0].split()[-1] in path.read_text(encoding="utf-8").split("\n")[table.line[row] - 1]


def test_scores_are_laid_where_their_tokens_stand():
    """Danger: scores of one row slip into the next over the padding."""
    counted = torch.tensor([[False, True, False], [True, False, False]])
    real = torch.tensor([[True, True, True], [True, True, False]])
    found = laid_out(torch.tensor([5.0, 7.0]), torch.tensor([0.0, 1.0]), counted, real)
    assert found.tolist() == [[0, 0, 0], [0, 1, 5], [0, 0, 0], [1, 1, 7], [0, 0, 0]]


@pytest.mark.parametrize(("family", "kind"), [("bert", "masked"), ("llama", "language_model")])
def test_the_loss_of_training_is_the_perplexity_that_is_measured(family, kind):
    """Danger: the curve and the figure speak of two different things."""
    bench = trial(family, "full", kind)
    outputs = bench.logits(bench.plain.eval())
    loss = bench.task.compute_loss(outputs, bench.targets(bench.rows), bench.space)
    answers = bench.answers(outputs.numpy(), bench.space)
    values = bench.task.metric_values(bench.truth, answers, np.ones((1, len(answers))))
    assert values["perplexity"][0] == pytest.approx(np.exp(float(loss.sum) / loss.weight), rel=1e-5)
    assert loss.weight == answers.tokens.sum()
