"""What a task asks of rows, where it says nothing of its own."""

from __future__ import annotations

import numpy as np
from tiny_models import tiny_tokenizer

from tunewright.inputs.messages import MessagesInput
from tunewright.inputs.preference import PreferenceInput
from tunewright.inputs.text import TextInput
from tunewright.inputs.text_pair import TextPairInput
from tunewright.tasks.classify import Classify
from tunewright.tasks.instruct import Instruct
from tunewright.tasks.regress import Regress
from tunewright.tasks.similarity import Similarity
from tunewright.tasks.tag import Tag


def test_rows_stay_as_the_input_gives_them() -> None:
    """Danger: a default that changes rows changes every task that has nothing to say about them."""
    task, tokenizer = Classify(), tiny_tokenizer()
    encoded = TextInput(text="t").encode({"t": ["good film", "bad plot"]}, tokenizer, 16, words=task.words())
    assert task.marked(encoded, tokenizer) is encoded
    assert np.array_equal(task.ids_read(encoded, None), encoded.ids)
    before = tokenizer.backend_tokenizer.to_str(), tokenizer.special_tokens_map, tokenizer.chat_template
    task.ready(None, tokenizer)
    assert (tokenizer.backend_tokenizer.to_str(), tokenizer.special_tokens_map, tokenizer.chat_template) == before
    assert (task.text_prefix(), task.read_targets(["a"], tokenizer, 16)) == ("", None)
    assert (task.faults(encoded), task.learned_pieces(encoded, 0, tokenizer)) == ({}, [])


def test_an_input_that_does_not_suit_is_named_with_one_that_does() -> None:
    """Danger: a refusal that leaves its reader to guess what to write."""
    text, pair = TextInput(text="t"), TextPairInput(text="t", pair="p")
    assert Classify().misfit(pair) is None
    assert Tag().misfit(text) is None
    what, instead = Tag().misfit(pair) or ("", "")
    assert "text+pair" in what and "tokens" in instead
    what, instead = Similarity().misfit(text) or ("", "")
    assert "two texts" in what and "pair" in instead


def test_conversations_are_for_tasks_that_learn_answers() -> None:
    """Danger: marks of what is learned handed to a classifier as an argument, in the middle of a run."""
    messages = MessagesInput(messages="m")
    for task in (Classify(), Regress(), Similarity(architecture="cross"), Tag()):
        assert task.misfit(messages) is not None
    assert Instruct().misfit(messages) is None
    assert Instruct().misfit(PreferenceInput(prompt="p", chosen="c", rejected="r")) is not None
