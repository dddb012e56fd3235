"""Hidden words: drawn anew in each step, the same for each cut, fixed for figures."""

from __future__ import annotations

import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer
from trial import Trial, trial

from tunewright.errors import MissingExtraError, RecipeError
from tunewright.inputs.batch import Draw
from tunewright.inputs.text import TextInput
from tunewright.tasks.masked import Masked


def loss_of(bench: Trial, rows: list[int], seed: int) -> tuple[float, float]:
    batch = replace(bench.batch(np.array(rows)), draw=Draw(seed, np.array(rows)))
    found = bench.task.loss_of(bench.model, batch, bench.space)
    return float(found.sum.detach()), found.weight


def test_each_step_hides_other_tokens_and_a_replayed_step_the_same():
    """Danger: masks drawn once (the same words are learned in every epoch), or by a state that a resume has lost."""
    bench = trial("bert", "full", "masked")
    assert loss_of(bench, [0, 1, 2], 5) == loss_of(bench, [0, 1, 2], 5)
    assert loss_of(bench, [0, 1, 2], 5)[0] != loss_of(bench, [0, 1, 2], 6)[0]


def test_a_sample_is_hidden_alike_beside_any_other():
    """Danger: the masks depend on the padding, and so the gradient on how a step was cut."""
    bench = trial("bert", "full", "masked")
    longest, shortest = int(bench.encoded.lengths.argmax()), int(bench.encoded.lengths.argmin())
    alone = [loss_of(bench, [row], 5) for row in (longest, shortest)]
    together = loss_of(bench, [longest, shortest], 5)
    assert together[0] == pytest.approx(sum(one[0] for one in alone), rel=1e-5)
    assert together[1] == sum(one[1] for one in alone)


def test_figures_hide_a_fixed_draw_and_count_it():
    """Danger: special tokens or what was shown is counted."""
    bench = trial("bert", "full", "masked")
    outputs = bench.logits(bench.plain.eval()).numpy()
    counted = bench.task.counted(bench.encoded)
    assert np.array_equal(outputs[:, 1] > 0, counted)
    assert not np.isin(bench.encoded.ids[counted], bench.tokenizer.all_special_ids).any()
    assert 0.1 < counted.sum() / bench.task.learnable(bench.encoded).sum() < 0.2


def test_a_causal_model_is_refused():
    """Danger: without a mask token the model would be shown whatever id -1 or None is taken for."""
    bench = trial("llama", "full", "language_model")
    tokenizer = tiny_tokenizer()
    tokenizer.mask_token = None
    with pytest.raises(RecipeError, match="no mask token"):
        Masked().marked(bench.encoded, tokenizer)


def test_words_by_jieba_are_one_word(monkeypatch):
    """Danger: Chinese whole words are characters after all."""
    cut = types.SimpleNamespace(
        setLogLevel=lambda level: None, tokenize=lambda text: [("天气", 0, 2), (" ", 2, 3), ("很好", 3, 5)]
    )
    monkeypatch.setitem(sys.modules, "jieba", cut)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    words = Masked(whole_words=True, chinese_words="jieba").words()
    assert words("天气 很好").tolist() == [[0, 2], [3, 5]]
    encoded = TextInput(text="t").encode({"t": ["a film"]}, tiny_tokenizer(), 16, words=lambda text: np.array([[0, 6]]))
    assert encoded.words.first.tolist() == [-1, 0, -1, -1]


def test_jieba_that_is_missing_is_named(monkeypatch):
    """Danger: a traceback, or characters in silence."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="jieba"):
        Masked(whole_words=True, chinese_words="jieba").words()


def test_under_lora_the_word_table_stays():
    """Danger: the head, which is the word table, is trained in full beside the small additions."""
    bench = Trial("bert", "lora", "masked")
    assert all("lora_" in name for name in bench.stepper.parameters)
    before = {name: tensor.clone() for name, tensor in bench.model.state_dict().items() if "lora_" not in name}
    bench.step(2)
    after = bench.model.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
