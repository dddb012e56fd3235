"""Conversations as tokens: the model's own template, and marks on answers alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tiny_models import CHAT_TEMPLATE, tiny_chat_tokenizer

from tunewright.errors import RecipeError
from tunewright.inputs.chat import PLAIN_TEMPLATE, answer_spans, end_of_turn, prompt_ids
from tunewright.inputs.messages import MessagesInput
from tunewright.inputs.prompt_response import PromptResponseInput

TOKENIZERS = {"chat": tiny_chat_tokenizer(), "plain": tiny_chat_tokenizer(PLAIN_TEMPLATE)}
said = some.text(some.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
    lambda text: text.strip() == text
)


def talk(*texts: str) -> list[dict[str, str]]:
    return [{"role": "assistant" if index % 2 else "user", "content": text} for index, text in enumerate(texts)]


@pytest.mark.parametrize("form", TOKENIZERS)
@settings(max_examples=50, deadline=None)
@given(texts=some.lists(said, min_size=2, max_size=6).filter(lambda texts: len(texts) % 2 == 0))
def test_what_is_marked_decodes_to_the_answers(form: str, texts: list[str]) -> None:
    """Danger: the mask is off by a token: the model learns the question's end, or never learns to stop."""
    tokenizer = TOKENIZERS[form]
    part = PromptResponseInput(prompt="p", response="r")
    turns = talk(*texts)
    whole, spans = answer_spans(turns, tokenizer)
    assert [whole[start:end] for start, end in spans] == [f"{text}<|end|>" for text in texts[1::2]]
    encoded = part.encode({"p": [texts[0]], "r": [texts[1]]}, tokenizer, 10_000)
    learned = encoded.ids[encoded.marks == 1].tolist()
    assert tokenizer.decode(learned) == f"{texts[1]}<|end|>"
    assert learned[-1] == end_of_turn(tokenizer) == tokenizer.eos_token_id
    assert tokenizer.decode(encoded.ids.tolist()) == answer_spans(turns[:2], tokenizer)[0]


@pytest.mark.parametrize("form", TOKENIZERS)
def test_the_prompt_is_what_stood_before_the_answer(form: str) -> None:
    """Danger: at inference the model goes on from another place than in training."""
    tokenizer = TOKENIZERS[form]
    part = PromptResponseInput(prompt="p", response="r", system="be short")
    cells = {"p": ["what is it"], "r": ["a film"]}
    encoded = part.encode(cells, tokenizer, 100)
    prompt = prompt_ids(part.turns(cells)[0], tokenizer)
    first = int(np.flatnonzero(encoded.marks)[0])
    assert prompt == encoded.ids[:first].tolist()
    assert prompt == prompt_ids(part.turns({"p": ["what is it"]})[0], tokenizer)


def test_a_template_that_forgets_earlier_answers_learns_the_last() -> None:
    """Danger: templates that cut old reasoning away put the mask on whatever stands there instead."""
    tokenizer = tiny_chat_tokenizer(
        CHAT_TEMPLATE.replace("m['content'] +", "(m['content'] if loop.last or m['role'] == 'user' else '...') +")
    )
    _, spans = answer_spans(talk("one", "two", "three", "four"), tokenizer)
    assert len(spans) == 1


def test_a_template_without_a_place_for_answers_is_refused() -> None:
    """Danger: nothing is learned, or everything."""
    tokenizer = tiny_chat_tokenizer(CHAT_TEMPLATE.replace("assistant", "somebody"))
    with pytest.raises(RecipeError, match="generation prompt"):
        answer_spans(talk("one", "two"), tokenizer)


def test_rows_are_cut_and_the_loss_is_counted() -> None:
    """Danger: the end of an answer is lost in silence."""
    part = MessagesInput(messages="m")
    cells = {"m": [('{"role": "user", "content": "good"}', '{"role": "assistant", "content": "a very long story"}')]}
    whole = part.encode(cells, TOKENIZERS["chat"], 1000)
    cut = part.encode(cells, TOKENIZERS["chat"], 9)
    assert len(cut.ids) == 9 and cut.full_lengths.tolist() == [len(whole.ids)]
    assert cut.tokens_lost == len(whole.ids) - 9


def test_a_template_that_refuses_is_told() -> None:
    """Danger: a template's own exception as a traceback; many refuse a turn of the system."""
    tokenizer = tiny_chat_tokenizer("{{ raise_exception('System role not supported') }}")
    with pytest.raises(RecipeError, match="System role not supported"):
        prompt_ids([{"role": "user", "content": "a"}], tokenizer)
