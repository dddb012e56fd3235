"""chrF, BLEU and TER are sacrebleu's, to the last digits, under every weighting."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER

from tunewright.errors import MissingExtraError
from tunewright.metrics import translation

WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    ",",
    "and",
    "dogs",
    "ran",
    ".",
    "你",
    "好",
    "世界",
    "我们",
    "吃饭",
    "。",
]


def pairs(separator: str, rows: int = 40, seed: int = 0) -> tuple[list[str], list[str]]:
    draw = np.random.default_rng(seed)
    references = [separator.join(draw.choice(WORDS, int(draw.integers(1, 12)))) for _ in range(rows)]
    answers = [
        one if draw.random() < 0.3 else separator.join(draw.choice(WORDS, int(draw.integers(0, 12))))
        for one in references
    ]
    return answers, references


@pytest.mark.parametrize(("tokenizer", "separator"), [("13a", " "), ("zh", ""), ("char", "")])
def test_figures_are_those_of_the_field(tokenizer: str, separator: str) -> None:
    """Danger: a figure under a known name that is another one. Weights of 0, 1 and 2 are rows left out and doubled."""
    answers, references = pairs(separator)
    found = translation.counts(answers, references, tokenizer)
    weights = np.random.default_rng(1).integers(0, 3, (6, len(answers)))
    weights[0] = 1
    ours = translation.values(found, weights)
    unspaced = tokenizer != "13a"
    for place, row in enumerate(weights):
        some = [text for text, weight in zip(answers, row, strict=True) for _ in range(weight)]
        true = [text for text, weight in zip(references, row, strict=True) for _ in range(weight)]
        assert ours["chrf"][place] * 100 == pytest.approx(CHRF().corpus_score(some, [true]).score)
        assert ours["bleu"][place] * 100 == pytest.approx(BLEU(tokenize=tokenizer).corpus_score(some, [true]).score)
        ter = TER(normalized=unspaced, asian_support=unspaced).corpus_score(some, [true]).score
        assert ours["ter"][place] * 100 == pytest.approx(ter)
    each = [CHRF().corpus_score([a], [[r]]).score for a, r in zip(answers, references, strict=True)]
    assert found.each_chrf() * 100 == pytest.approx(each)


def test_short_and_empty_texts() -> None:
    """Danger: a division by nothing, or a BLEU over 0 where no word is right."""
    found = translation.counts(["", "dog", "你好"], ["a b", "zebra", "你好"], "13a")
    values = translation.values(found, np.eye(3))
    assert values["chrf"].tolist()[0] == 0.0 and values["chrf"][2] == pytest.approx(1.0)
    assert values["bleu"].tolist() == [0.0, 0.0, 0.0], "no text has four words"
    assert values["ter"].tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "", "zh"), ("zho_Hans", "", "zh"), ("zh_CN", "", "zh"), ("ja", "", "char"), ("tha_Thai", "", "char"),
        ("en_XX", "你好", "13a"), (None, "你好世界", "zh"), (None, "こんにちは", "char"), (None, "hello there", "13a"),
    ],
)  # fmt: skip
def test_words_are_cut_by_the_target_language(language: str | None, text: str, expected: str) -> None:
    """Danger: Chinese measured as one word a sentence: BLEU 0 for a good translation."""
    assert translation.bleu_tokenizer(language, [text]) == expected


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: hours of training, and then no package to measure it with."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"tunewright\[translate\]"):
        translation.refuse_without_sacrebleu()
