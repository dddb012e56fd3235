"""Names of columns in three languages."""

from __future__ import annotations

import pytest

from tunewright.data.column_names import pair_of, target_score, text_score


@pytest.mark.parametrize(
    "name",
    ["label", "Label", "label_gold", "category", "sentiment", "intent", "标签", "情感标签", "类别", "科室", "nhãn"],
)
def test_names_of_targets(name):
    """What a team calls the column that is to be predicted."""
    assert target_score(name) >= 2.5 > text_score(name)


@pytest.mark.parametrize("name", ["cảm xúc", "Phân loại", "chủ đề", "score", "final_decision", "stars", "评分"])
def test_other_names_of_targets(name):
    """Phrases of two words, and scores."""
    assert target_score(name) >= 1.5


@pytest.mark.parametrize("name", ["text", "review", "comment", "文本", "评论内容", "văn bản", "Nội dung", "bình luận"])
def test_names_of_texts(name):
    """What a team calls the column that is to be read."""
    assert text_score(name) >= 2.5 > target_score(name)


@pytest.mark.parametrize("name", ["predicted_label", "label_confidence", "split"])
def test_what_is_no_target(name):
    """Another model's predictions are not the truth."""
    assert target_score(name) == 0.0


def test_an_answer_is_seldom_the_input():
    """In question and answer columns, the question is read."""
    assert text_score("answer") < text_score("question") < text_score("text")


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (["premise", "hypothesis"], ("premise", "hypothesis")),
        (["sentence2", "sentence1", "id"], ("sentence1", "sentence2")),
        (["Sentence 1", "Sentence 2"], ("Sentence 1", "Sentence 2")),
        (["text_a", "text_b"], ("text_a", "text_b")),
        (["question", "passage"], ("question", "passage")),
        (["前提", "假设"], ("前提", "假设")),
        (["title", "ask", "answer"], None),
        (["text1"], None),
        (["1", "2"], None),
        ([], None),
    ],
)
def test_pairs(names, pair):
    """Half of a pair read alone is a task without an answer."""
    assert pair_of(names) == pair
