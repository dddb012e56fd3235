from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from tunewright.evaluation.baselines.majority import majority
from tunewright.evaluation.baselines.tfidf import is_unsegmented, tfidf

WORDS = ("good", "great", "fine", "lovely", "superb", "bad", "awful", "poor", "dreadful", "boring")


def primary(subject, scores) -> float:
    values = subject.task.metric_values(subject.measured.truth, scores, np.ones((1, len(subject.measured))))
    return float(values[subject.task.primary][0])


@pytest.mark.parametrize("validated", [True, False])
def test_beats_the_constant_answer_where_words_tell(make_subject, validated, reviews) -> None:
    """A baseline that has not learned is a strawman, and the tuned model's triumph over it a wrong number."""
    subject = make_subject(
        "classify", reviews(150, 0, noise=0.1), reviews(40, 1) if validated else None, reviews(100, 2)
    )
    attempt = tfidf(subject, subject.measured)
    assert primary(subject, attempt.answers) > 0.93 > primary(subject, majority(subject, subject.measured).answers)
    np.testing.assert_allclose(attempt.answers.sum(axis=1), 1)
    assert "features of words and pairs of words; C = " in attempt.notes[-1]


def test_numbers_and_labels(make_subject, reviews) -> None:
    """Ridge and one-against-the-rest have shapes of their own to get wrong."""
    texts, labels = reviews(150, 0)
    train, test = slice(0, 100), slice(100, 150)
    numbers = [str(1000 + 200 * (label == "positive")) for label in labels]
    subject = make_subject("regress", (texts[train], numbers[train]), None, (texts[test], numbers[test]))
    attempt = tfidf(subject, subject.measured)
    assert attempt.answers.shape == (50,) and "alpha = " in attempt.notes[-1]
    assert primary(subject, attempt.answers) < 0.5 * primary(subject, majority(subject, subject.measured).answers)
    cells = [
        "|".join(["always", label, *(["music"] if "music" in text else [])])
        for text, label in zip(texts, labels, strict=True)
    ]
    subject = make_subject("multilabel", (texts[train], cells[train]), None, (texts[test], cells[test]))
    scores = tfidf(subject, subject.measured).answers
    assert primary(subject, scores) > 0.9
    np.testing.assert_allclose(scores[:, subject.space.names.index("always")], 1.0)


def test_classes_that_the_drawn_rows_lack_keep_their_column(make_subject) -> None:
    """scikit-learn numbers the classes it has seen: one missing, and every later class has its neighbour's scores."""
    texts = ["good film"] * 20 + ["bad film"] * 20 + ["story"] + ["superb music"] * 20
    labels = ["a"] * 20 + ["c"] * 20 + ["b"] + ["d"] * 20
    subject = make_subject(
        "classify", (texts, labels), None, (["good film", "bad film", "superb music"], ["a", "c", "d"])
    )
    scores = tfidf(subject, subject.measured).answers
    assert scores.shape == (3, 4)
    assert subject.task.decide(scores, subject.space) == ["a", "c", "d"]


def test_pairs_are_compared(make_subject) -> None:
    """Whether two texts say the same is in neither of them alone."""
    generator = np.random.default_rng(0)
    words = WORDS
    pairs, labels = [], []
    for _ in range(300):
        first, other = generator.choice(words, 4, replace=False), generator.choice(words, 4, replace=False)
        same = generator.random() < 0.5
        pairs.append((" ".join(first), " ".join(generator.permutation(first) if same else other)))
        labels.append("same" if same else "other")
    subject = make_subject("classify", (pairs[:200], labels[:200]), None, (pairs[200:], labels[200:]))
    attempt = tfidf(subject, subject.measured)
    assert primary(subject, attempt.answers) > 0.9
    assert "features of words;" in attempt.notes[-1]


def test_chinese_is_counted_by_characters(make_subject) -> None:
    """Split at spaces, a Chinese review is one word that no other review has: the baseline would know nothing."""
    good, bad = ["味道很好", "非常好吃", "送餐很快"], ["太难吃了", "送餐很慢", "味道不好"]
    generator = np.random.default_rng(0)
    labels = ["好" if generator.random() < 0.5 else "差" for _ in range(120)]
    texts = ["，".join(generator.permutation(good if label == "好" else bad)[:2]) for label in labels]
    subject = make_subject("classify", (texts[:80], labels[:80]), None, (texts[80:], labels[80:]))
    attempt = tfidf(subject, subject.measured)
    assert "1 to 3 characters" in attempt.notes[-1]
    assert primary(subject, attempt.answers) > 0.95


@pytest.mark.parametrize(
    ("texts", "unsegmented"),
    [
        (["味道很好，OK"], True),
        (["อร่อยมาก"], True),
        (["とても美味しい"], True),
        (["Món này rất ngon"], False),
        (["아주 맛있어요"], False),
        (["बहुत अच्छा"], False),
        (["delicious 很"], False),
        (["!!! 123"], False),
        ([], False),
    ],
)
def test_scripts_without_spaces_are_told_apart(texts, unsegmented) -> None:
    """Counting words where there are no spaces learns nothing; counting characters elsewhere learns less."""
    assert is_unsegmented(texts) is unsegmented


def test_words_are_whole_in_every_script(make_subject) -> None:
    """`\\w` alone tears Hindi words at their vowel signs, and decomposed Vietnamese matches no composed one."""
    pairs = [("बहुत अच्छा खाना", "a"), ("बुरी सेवा मिली", "b"), ("Món này rất ngon", "a"), ("Phục vụ quá tệ", "b")] * 12
    texts, labels = zip(*pairs, strict=True)
    decomposed = [unicodedata.normalize("NFD", text) for text, _ in pairs[:4]]
    subject = make_subject("classify", (texts, labels), None, (decomposed, [label for _, label in pairs[:4]]))
    attempt = tfidf(subject, subject.measured)
    assert primary(subject, attempt.answers) == 1
    words, pairs = 3 + 3 + 4 + 4, 2 + 2 + 3 + 3
    assert attempt.notes[-1].startswith(f"{words + pairs} features")


def test_left_out_with_a_word(make_subject) -> None:
    """A baseline that cannot be made must not end the measurement of the model."""
    signs = (["!!!", "???", "..."] * 4, ["a", "b", "a"] * 4)
    attempt = tfidf(subject := make_subject("classify", signs, None, signs), subject.measured)
    assert attempt.answers is None and "no words" in attempt.notes[0]
    one_class = (["good", "bad", "fine"], ["a", "a", "a"])
    attempt = tfidf(subject := make_subject("classify", one_class, None, one_class), subject.measured)
    assert attempt.answers is None and "one class" in attempt.notes[0]
