"""Answers are learned, questions are read."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer
from trial import trial

from tunewright.errors import RecipeError
from tunewright.inputs.chat import PLAIN_TEMPLATE
from tunewright.inputs.text import TextInput
from tunewright.tasks.instruct import Instruct


def test_the_loss_is_that_of_the_answers_alone():
    """Danger: the question is learned too, or the answer's first token is left out."""
    bench = trial("llama", "full", "instruct")
    row = int(np.flatnonzero(np.diff(bench.encoded.offsets) < 60)[0])
    batch = bench.encoded.collate([row])
    labels = torch.where(batch["marks"] == 1, batch["input_ids"], -100)
    peer = bench.model(input_ids=batch["input_ids"], labels=labels).loss
    found = bench.task.loss_of(bench.model, bench.batch(np.array([row])), bench.space)
    assert found.weight == int((labels != -100).sum())
    assert torch.allclose(found.sum / found.weight, peer, atol=1e-5)


def test_the_sign_that_ends_an_answer_stops_generation():
    """Danger: the model has learned to stop, and generate does not know the sign."""
    bench = trial("llama", "full", "instruct")
    assert bench.tokenizer.eos_token_id in bench.plain.generation_config.eos_token_id


def test_rows_without_anything_to_learn_are_named():
    """Danger: answers that are cut away teach nothing, and nobody notices."""
    bench = trial("llama", "full", "instruct")
    cut = bench.inputs.encode(bench.columns, bench.tokenizer, 8)
    found = bench.task.faults(cut)
    assert found and set(found.values()) == {"the answer lies beyond data.max_length"}
    cut.marks[: cut.offsets[1]] = 1
    assert bench.task.faults(cut)[0] == "every token is part of an answer"
    assert not bench.task.faults(bench.inputs.encode(bench.columns, bench.tokenizer, 500))


def test_what_is_learned_can_be_looked_at():
    """Danger: the sample that people trust shows something else than the loss counts."""
    bench = trial("llama", "full", "instruct")
    pieces = bench.task.learned_pieces(bench.encoded, 0, bench.tokenizer)
    assert [learned for _, learned in pieces] == [False, True, False][: len(pieces)]
    learned = bench.encoded.ids[: bench.encoded.offsets[1]][bench.encoded.marks[: bench.encoded.offsets[1]] == 1]
    assert pieces[1][0] == bench.tokenizer.decode(learned.tolist())


def test_a_tokenizer_without_a_template_gets_the_plain_one_or_is_refused():
    """Danger: no sign ends an answer, so that the model talks on for ever."""
    tokenizer = tiny_tokenizer()
    with pytest.raises(RecipeError, match="no answer could end"):
        Instruct().ready(None, tokenizer)
    tokenizer.eos_token = "[SEP]"
    for template in (None, "{{ messages }}"):
        tokenizer.chat_template = template
        for _ in range(2):  # as for training, and again when the saved one is opened
            Instruct().ready(None, tokenizer)
            assert tokenizer.chat_template == (template or PLAIN_TEMPLATE)


def test_running_text_is_no_conversation():
    """Danger: a text is learned as an answer to nothing."""
    assert "answers to questions" in Instruct().misfit(TextInput(text="t"))[0]
