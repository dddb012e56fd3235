"""The sentence that shares most with the question."""

from __future__ import annotations

import pytest

from tunewright.evaluation.baselines.sentence import BestSentence, sentences

TEXT = "The film was made in 1912. Its actor was Anna Li! 北京是首都。上海很大。"


def test_sentences_of_several_scripts() -> None:
    """Danger: a Chinese text is one sentence, and the baseline answers with all of it."""
    assert [TEXT[start:end] for start, end in sentences(TEXT)] == [
        "The film was made in 1912.", "Its actor was Anna Li!", "北京是首都。", "上海很大。",
    ]  # fmt: skip
    assert sentences("  \n ") == []
    assert sentences("one\n\ntwo") == [(0, 3), (5, 8)]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who was the actor?", "Its actor was Anna Li!"),
        ("上海大吗？", "上海很大。"),
        ("?", "The film was made in 1912."),
    ],
)
def test_the_most_similar_sentence(asked, question, said) -> None:
    """Danger: common words decide, so that the baseline is weaker than it could be and flatters the model."""
    subject = asked([(question, TEXT)], [(TEXT, "21:1912")])
    found = BestSentence().answer(subject, subject.test).answers
    assert found.text(0, TEXT) == said
