"""Pairs of answers behind one question."""

from __future__ import annotations

from tiny_models import tiny_chat_tokenizer

from tunewright.inputs.preference import PreferenceInput

PART = PreferenceInput(prompt="p", chosen="c", rejected="r")
CELLS = {"p": ["why is it good"], "c": ["the story"], "r": ["no"]}


def test_both_answers_stand_behind_the_whole_question():
    """Danger: the second answer is read without its question, or the marks of the two run together."""
    tokenizer = tiny_chat_tokenizer()
    encoded = PART.encode(CELLS, tokenizer, 1000)
    marks = encoded.marks
    assert [tokenizer.decode(encoded.ids[marks == mark].tolist()) for mark in (1, 3)] == [
        "the story<|end|>",
        "no<|end|>",
    ]
    sides = [tokenizer.decode(encoded.ids[marks // 2 == side].tolist()) for side in (0, 1)]
    assert all("why is it good" in side for side in sides)


def test_each_answer_has_half_of_the_room():
    """Danger: a long chosen answer takes the room of the rejected one, which then looks unlikely."""
    tokenizer = tiny_chat_tokenizer()
    cells = {"p": ["why"], "c": ["the story " * 30], "r": ["no"]}
    encoded = PART.encode(cells, tokenizer, 40)
    assert (encoded.marks < 2).sum() == 20 and (encoded.marks == 3).any()
    assert encoded.tokens_lost > 0


def test_turns_before_the_answers_and_objects_as_answers():
    """Danger: published sets, whose questions are lists of turns, are read as one text of JSON."""
    turn = '{"from": "human", "value": "hi"}'
    chosen, rejected = PART.both({"p": [(turn,)], "c": [('{"role": "assistant", "content": "a"}',)], "r": ["b"]})
    assert chosen[0] == [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "a"}]
    assert rejected[0][-1]["content"] == "b"
    spelled = '[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "a"}]'
    assert PART.both({"p": [(turn,)], "c": [spelled], "r": ["[no]"]})[0] == chosen
    assert PART.turns({"p": ["why"]}) == [[{"role": "user", "content": "why"}]]


def test_new_rows_may_have_one_answer_or_none():
    """Danger: predict on a file that kept the chosen answers alone ends in a traceback."""
    for cells in ({"p": ["why"]}, {"p": ["why"], "c": ["so"]}):
        assert PART.turns(cells) == [[{"role": "user", "content": "why"}]]
