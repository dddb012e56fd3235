"""Answers are written alone, within the room there is."""

from __future__ import annotations

import pytest
from tiny_models import tiny_chat_folder
from transformers import AutoModelForCausalLM, AutoTokenizer

from tunewright.tasks.generation import generated


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tiny_chat_folder(tmp_path_factory.mktemp("chat"))
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def test_an_answer_does_not_depend_on_its_neighbours(opened):
    """Danger: padding in front of short prompts changes what is said."""
    model, tokenizer = opened
    prompts = [tokenizer(text)["input_ids"] for text in ("good film", "a very long and boring story about it")]
    both = generated(model, prompts, tokenizer, max_length=40, max_new_tokens=8)
    alone = [generated(model, [prompt], tokenizer, max_length=40, max_new_tokens=8)[0] for prompt in prompts]
    assert both == alone and all(both)


def test_a_prompt_that_fills_the_model_is_read_from_its_end(opened):
    """Danger: a long question ends in a traceback, or runs beyond the model's positions."""
    model, tokenizer = opened
    long = [tokenizer("good film " * 60)["input_ids"]]
    assert len(long[0]) > 40
    assert isinstance(generated(model, long, tokenizer, max_length=40)[0], str)
