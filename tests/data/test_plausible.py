"""How much a text looks like writing: right decodings score high, wrong ones low."""

from __future__ import annotations

import pytest

from tunewright.data import plausible

CHINESE = "我有高血压这两天女婿来的时候给我拿了些党参泡水喝，您好高血压可以吃党参吗？"
TRADITIONAL = "我有高血壓這兩天女婿來的時候給我拿了些黨參泡水喝，您好高血壓可以吃黨參嗎？"
JAPANESE = "この商品はとても良かったです。また買いたいと思います。カタカナも"
KOREAN = "이 제품은 정말 좋았습니다 다시 사고 싶어요"
FRENCH = "Le café était très bon à Paris, ça alors ! « Où ? » – naïve"


@pytest.mark.parametrize(
    ("measure", "right", "codec", "wrong"),
    [
        (plausible.chinese_simplified, CHINESE, "big5", TRADITIONAL),
        (plausible.chinese_traditional, TRADITIONAL, "gb18030", CHINESE),
        (plausible.japanese, JAPANESE, "gb18030", CHINESE),
        (plausible.korean, KOREAN, "gb18030", CHINESE),
    ],
)
def test_its_own_writing_scores_higher_than_another(measure, right, codec, wrong):
    """A decode without an error proves nothing; only the likeness tells GB18030 from Big5."""
    native = {"big5": "big5", "gb18030": "gb18030"}[codec]
    own = {"chinese_simplified": "gb18030", "chinese_traditional": "big5", "japanese": "cp932", "korean": "cp949"}
    misread = wrong.encode(native).decode(own[measure.__name__], "replace")
    assert measure(right) > 0.85
    assert measure(misread) < 0.75


def test_japanese_needs_kana():
    """Chinese decoded as EUC-JP is all kanji, and often common ones."""
    assert plausible.japanese("漢字漢字") == 0.0


def test_degrees_are_no_hanzi():
    """`°C` in Latin-1 are the bytes of a frequent Big5 hanzi."""
    misread = "25°C and 30°C, ©2020".encode("latin-1").decode("big5", "replace")
    assert plausible.chinese_traditional(misread) == 0.0


def test_western_writing():
    """Letters inside words and common signs are writing; lone rare bytes are damage."""
    assert plausible.western(FRENCH) == 1.0
    assert plausible.western("bad ÿþ byte") == 0.0
    assert plausible.western("naÏve") == 0.0
    assert plausible.western("mid¿dle") == 0.0
    assert plausible.western("¿Cómo?") == 1.0
    assert plausible.western("plain") == 0.0
    assert plausible.western("GrŸ§e") == 0.0
    assert plausible.western("it’s") == plausible.western("MÜNCHEN") == plausible.western("Üblich") == 1.0


def test_letters_in_words():
    """Signs in the middle of words are another encoding's letters."""
    assert plausible.in_words("żółw") == plausible.in_words("это") == 1.0
    assert plausible.in_words("Gr§e ˙ž") < 0.5
    assert plausible.in_words("") == 0.0


def test_vietnamese_tones_stand_on_vowels():
    """Italian bytes read as cp1258 give tone marks, too, but on consonants."""
    assert plausible.vietnamese("Tiê\u0301ng Viê\u0323t râ\u0301t tô\u0301t") == 1.0
    assert plausible.vietnamese("però così".encode("latin-1").decode("cp1258")) < 0.95
    assert plausible.vietnamese("café") == 0.0


def test_nothing_to_judge_scores_nothing():
    """A division by zero on plain ASCII."""
    assert plausible.chinese_simplified("plain") == plausible.korean("") == plausible.japanese("") == 0.0
