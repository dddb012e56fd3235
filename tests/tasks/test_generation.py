"""Answers are those that a prompt gets alone, however prompts are put together, within the room there is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_causal import tiny_causal
from tiny_models import tiny_chat_folder, tiny_chat_tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from tunewright.models.causal_families import CAUSAL_FAMILIES
from tunewright.tasks import generation
from tunewright.tasks.generation import generated, kept_prompts, room_for, stops


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tiny_chat_folder(tmp_path_factory.mktemp("chat"))
    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def prompts_of(tokenizer, count: int = 9):
    """Prompts of many lengths, some of them the same."""
    text = "good film a very long and boring story about music that was not one scene of it with plot end"
    words = text.split()
    return [tokenizer(" ".join(words[: 1 + (7 * n) % 13]))["input_ids"] for n in range(count)]


def alone(model, prompt, tokenizer, room):
    """What plain transformers writes for one prompt."""
    ids = torch.tensor([prompt])
    out = model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=room, do_sample=False,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=stops(model, tokenizer),
    )  # fmt: skip
    return tokenizer.decode(out[0, len(prompt) :], skip_special_tokens=True).strip()


@pytest.mark.parametrize("size", [1, 3, 8])
def test_answers_are_those_of_one_prompt_at_a_time(opened, size):
    """Danger: padding in front of short prompts, or a neighbour that ends early, changes what is said."""
    model, tokenizer = opened
    prompts = prompts_of(tokenizer)
    wanted = [alone(model, prompt, tokenizer, 12) for prompt in prompts]
    budget = size * (max(map(len, prompts)) + 12) // generation._BUDGETS
    found = generated(model, prompts, tokenizer, max_length=80, max_new_tokens=12, token_budget=max(1, budget))
    assert found.texts == wanted and any(wanted) and found.cut == [0] * len(prompts)


def test_the_order_of_prompts_does_not_matter(opened):
    """Danger: answers that come back sorted by length, or that hang on what else was asked."""
    model, tokenizer = opened
    prompts = prompts_of(tokenizer)
    first = generated(model, prompts, tokenizer, max_length=80, max_new_tokens=12).texts
    order = np.random.default_rng(1).permutation(len(prompts))
    other = generated(model, [prompts[n] for n in order], tokenizer, max_length=80, max_new_tokens=12).texts
    assert other == [first[n] for n in order] and len(set(first)) > 1
    assert generated(model, [], tokenizer, max_length=80).texts == []


@pytest.mark.parametrize("family", [*sorted(CAUSAL_FAMILIES), "opt"])
def test_every_family_writes_alike_in_batches(family):
    """Danger: a family whose positions or windows count the padding in front."""
    tokenizer = tiny_chat_tokenizer()
    windows = {"sliding_window": 6} if family in ("mistral", "phi3", "gemma3_text") else {}
    model = tiny_causal(family, vocab_size=len(tokenizer), **windows)
    prompts = prompts_of(tokenizer, 5)
    found = generated(model, prompts, tokenizer, max_length=80, max_new_tokens=6)
    assert found.texts == [alone(model, prompt, tokenizer, 6) for prompt in prompts]
    assert len(set(found.texts)) > 1


def test_a_family_that_is_not_known_gets_prompts_of_one_length():
    """Danger: a model that reads padding as text is asked for many answers at once, and each is a little wrong."""
    lengths = np.array([4, 9, 4, 4, 9])
    batches = generation._batches(lengths, 10, 30, together=False)
    assert [batch.tolist() for batch in batches] == [[0, 2], [3], [1], [4]]
    assert sum(map(len, generation._batches(lengths, 10, 10_000, together=True))) == 5
    assert len(generation._batches(lengths, 10, 10_000, together=True)) == 1


def test_a_long_prompt_leaves_room_and_says_what_was_not_read(opened):
    """Danger: a question that fills the model gets an answer of one token, or is cut without a word."""
    model, tokenizer = opened
    long = tokenizer("good film " * 60)["input_ids"]
    kept, cut = kept_prompts([long, long[:5]], 40, 256)
    assert kept == [long[-20:], long[:5]] and cut == [len(long) - 20, 0]
    assert kept_prompts([long], 40, 8)[0] == [long[-32:]]
    assert (room_for(20, 40, 256), room_for(5, 40, 256), room_for(5, 40, 8)) == (20, 35, 8)
    found = generated(model, [long, long[:5]], tokenizer, max_length=40, max_new_tokens=30)
    assert found.cut == [len(long) - 20, 0]
    assert found.texts == [alone(model, long[-20:], tokenizer, 20), alone(model, long[:5], tokenizer, 30)]


def test_positions_beyond_the_model_are_never_asked():
    """Danger: GPT-2 has no position behind its last: a short prompt beside a long one would end in a traceback."""
    tokenizer = tiny_chat_tokenizer()
    model = tiny_causal("gpt2", vocab_size=len(tokenizer), max_position_embeddings=24)
    prompts = [[5] * 20, [7, 8], [9] * 13]
    found = generated(model, prompts, tokenizer, max_length=24, max_new_tokens=50)
    assert found.texts == [alone(model, p[-12:], tokenizer, 24 - min(12, len(p))) for p in prompts]
    assert found.cut == [8, 0, 1]


def test_it_stops_at_every_sign_of_an_end(opened, monkeypatch):
    """Danger: a base model that ends its turn by another token than its configuration names writes on and on."""
    model, tokenizer = opened
    assert stops(model, tokenizer) == [2]
    monkeypatch.setattr(model.generation_config, "eos_token_id", [1, 7])
    assert stops(model, tokenizer) == [1, 7, 2]
    monkeypatch.setattr(tokenizer, "chat_template", "{% for m in messages %}{{ m['content'] }}{% endfor %}")
    assert stops(model, tokenizer) == [1, 7, 2], "where nothing ends an answer, its last letter does not either"


def test_progress_counts_prompts(opened):
    """Danger: a bar that starts anew for every group of answers."""
    model, tokenizer = opened
    told = []
    prompts = [*prompts_of(tokenizer, 4), tokenizer("good film " * 60)["input_ids"]]
    generated(
        model,
        prompts,
        tokenizer,
        max_length=40,
        max_new_tokens=30,
        progress=lambda done, count: told.append((done, count)),
    )
    assert [count for _, count in told] == [5] * len(told)
    assert [done for done, _ in told] == sorted({done for done, _ in told}) and told[-1] == (5, 5)
