"""Between entities and tags of words, and which window answers for a word."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import tiny_tokenizer

from tunewright.inputs.text import TextInput
from tunewright.inputs.words import words_of
from tunewright.tasks.word_tags import best_tokens, read_tags, tags_of_words

NAMES = ("B-LOC", "B-PER", "I-LOC", "I-PER", "O")


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    """A text, and entities of whole words in it."""
    words = draw(st.lists(st.sampled_from(["Anna", "left", "the", "北", "Rome"]), min_size=1, max_size=10))
    text = " ".join(words)
    spans = words_of(text).tolist()
    found, position = [], 0
    while position < len(spans):
        size = draw(st.integers(1, 3))
        if draw(st.booleans()):
            last = min(position + size, len(spans)) - 1
            found.append((spans[position][0], spans[last][1], draw(st.sampled_from(["LOC", "PER"]))))
        position += size
    return text, found


def read(words: np.ndarray, tags: list[int], cut: bool = False) -> list[tuple[int, int, str]]:
    return read_tags(words, np.array(tags, dtype=np.int64), np.ones(len(tags)), NAMES, cut)[0]


@given(marked())
def test_entities_come_back(case: tuple[str, list[tuple[int, int, str]]]) -> None:
    """Danger: decode(encode(x)) is not x: two neighbours of a type become one entity."""
    text, found = case
    words = words_of(text)
    assert read(words, tags_of_words(words, found, NAMES).tolist()) == found


WORDS = words_of("a b c d e")


def test_a_stray_inside_begins_an_entity() -> None:
    """Danger: another reading than conlleval's and seqeval's, and figures that compare with nobody's."""
    assert read(WORDS, [3, 3, 4, 2, 3]) == [(0, 3, "PER"), (6, 7, "LOC"), (8, 9, "PER")]
    assert read(WORDS, [1, 1, 3, 2, 4]) == [(0, 1, "PER"), (2, 5, "PER"), (6, 7, "LOC")]


def test_a_word_without_a_tag_goes_on() -> None:
    """Danger: a sign that the tokenizer drops cuts an entity in two."""
    assert read(WORDS, [1, -1, 3, 4, -1]) == [(0, 5, "PER")]
    assert read(WORDS, [4, -1, 4, 4, 1]) == [(8, 9, "PER")]


def test_behind_a_cut_there_is_nothing() -> None:
    """Danger: an entity at the end of what was read swallows all that was not."""
    assert read(WORDS, [4, 1, -1, -1, -1], cut=True) == [(2, 3, "PER")]
    assert read(WORDS, [4, 1, -1, -1, -1]) == [(2, 9, "PER")]


def test_an_entity_is_as_sure_as_its_weakest_word() -> None:
    """Danger: one sure word of five lends its certainty to the rest."""
    scores = np.array([0.9, 0.4, 0.8, 0.7, 0.6])
    found, told = read_tags(WORDS, np.array([1, 3, 4, 0, 2]), scores, NAMES, False)
    assert (found, told) == ([(0, 3, "PER"), (6, 9, "LOC")], [0.4, 0.6])


def test_a_partly_covered_word_is_tagged_whole() -> None:
    """Danger: offsets one off, and the entity is learned nowhere."""
    words = words_of("Anna Müller")
    assert tags_of_words(words, [(0, 7, "PER")], NAMES).tolist() == [1, 3]


def test_every_word_is_answered_once_where_it_has_most_context() -> None:
    """Danger: a word in two windows is found twice, or is read at the edge of one where it makes no sense."""
    text = "good bad film plot " * 10
    encoded = TextInput(text="t").encode({"t": [text]}, tiny_tokenizer(), 12, words=True, overlap=4)
    chosen = best_tokens(encoded, 0, np.arange(len(encoded)))
    assert len(chosen) == 40
    assert len(set(chosen.tolist())) == 40
    assert (encoded.words.first[chosen] == np.arange(40)).all()
    sample = np.searchsorted(encoded.offsets, chosen, side="right") - 1
    place = chosen - encoded.offsets[sample]
    inner = (sample > 0) & (sample < len(encoded) - 1)
    # 10 words a window, 4 shared: none is answered among the outermost two of a side that has a neighbour
    assert place[inner].min() >= 3
    assert place[inner].max() <= 8
