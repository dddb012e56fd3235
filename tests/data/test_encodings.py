"""Encodings: what others silently read as Latin-1 is recognised, or reported line by line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.encodings import decoding_of
from tunewright.errors import DataError, UserError

VIETNAMESE = "text,label\nSản phẩm này rất tốt tôi sẽ mua lại lần nữa,tích cực\nKhông thích, giao hàng chậm,tiêu cực\n"
SAMPLES = {
    "gb18030": (
        "text,label\n我有高血压这两天女婿来的时候给我拿了些党参泡水喝,内科\n您好可以吃党参吗,心血管科\n",
        "gb18030",
    ),
    "big5": ("text,label\n我有高血壓這兩天女婿來的時候給我拿了些黨參,內科\n您好可以吃黨參嗎,心血管科\n", "big5"),
    "cp932": (
        "text,label\nこの商品はとても良かったです。また買います,良い\n全然だめでした。カタカナ,悪い\n",
        "shift_jis",
    ),
    "euc_jp": ("text,label\nこの商品はとても良かったです。また買います,良い\n全然だめでした,悪い\n", "euc-jp"),
    "cp949": ("text,label\n이 제품은 정말 좋았습니다 다시 사고 싶어요,긍정\n별로예요,부정\n", "euc-kr"),
    "latin-1": ("text,label\nLe café était très bon,positif\nJe n'ai pas aimé ça,négatif\n", "latin-1"),
    "iso8859-15": ("text,label\nSchöne Grüße aus München,gut\n¿Cómo estás?,mañana\n", "latin-1"),
    "cp1252": ("text,label\nIt’s “great” – really…,pos\nnaïve,neg\n", "cp1252"),
    "cp1251": ("text,label\nОтличный товар очень доволен покупкой,хорошо\nУжасно не покупайте,плохо\n", "cp1251"),
    "koi8_r": ("text,label\nОтличный товар очень доволен покупкой,хорошо\nУжасно не покупайте,плохо\n", "koi8-r"),
    "cp1253": ("text,label\nΠολύ καλό προϊόν το συνιστώ σε όλους,θετικό\nΔεν μου άρεσε,αρνητικό\n", "cp1253"),
    "cp1250": ("text,label\nBardzo dobry produkt polecam każdemu źródło żółw łąka,dobry\nNie mi się,zły\n", "cp1250"),
    "utf-8": ("text,label\n很好，味道足,好\nTiếng Việt,tốt\n", "utf-8"),
    "utf-8-sig": ("text,label\nxin chào,好\n", "utf-8 with BOM"),
    "utf-16": ("text,label\nxin chào,好\n", "utf-16"),
    "utf-32": ("text,label\nxin chào,好\n", "utf-32"),
    "utf-16-le": ("text,label\nnaïve words,pos\n", "utf-16"),
    "utf-16-be": ("text,label\nnaïve words,pos\n", "utf-16"),
    "ascii": ("text,label\nplain,pos\n", "utf-8"),
}


@pytest.mark.parametrize("codec", SAMPLES)
def test_detection_gives_the_text_that_was_written(codec):
    """A wrong guess turns every word with an accent into another word, and nothing fails."""
    text, name = SAMPLES[codec]
    raw = text.encode(codec)
    found = decoding_of(raw, "a.csv")
    assert (found.name, found.detected, found.clean) == (name, True, True)
    assert found.text(raw) == text
    assert "".join(found.lines(raw)) == text


def test_vietnamese_windows_encoding():
    """cp1258 writes tones as marks of their own; read as cp1252 it gives letters that look almost right."""
    raw = b"".join(_cp1258(letter) for letter in VIETNAMESE)
    found = decoding_of(raw, "a.csv")
    assert found.name == "cp1258"
    assert unicodedata.normalize("NFC", found.text(raw)) == VIETNAMESE


def _cp1258(letter: str) -> bytes:
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        marks = "\u0300\u0301\u0303\u0309\u0323"
        parts = unicodedata.normalize("NFD", letter)
        stem = unicodedata.normalize("NFC", "".join(part for part in parts if part not in marks))
        return (stem + "".join(part for part in parts if part in marks)).encode("cp1258")


def test_a_few_broken_lines_do_not_make_it_latin_1():
    """One bad byte in a UTF-8 file, and a reader that falls back to Latin-1 spoils all the other lines."""
    raw = "naïve\nTiếng Việt\n很好\n".encode() + b"caf\xe9\n"
    found = decoding_of(raw, "a.csv")
    assert (found.name, found.clean) == ("utf-8", False)
    assert found.text(raw) == "naïve\nTiếng Việt\n很好\ncaf\udce9\n"


def test_damage_in_plain_ascii_is_not_latin_1_either():
    """`ÿþ` is no writing in any language: the row is damaged."""
    found = decoding_of(b"text,label\nbad \xff\xfe byte,b\n", "a.csv")
    assert (found.name, found.clean) == ("utf-8", False)


def test_a_named_encoding_is_believed_and_reported():
    """Detection must not overrule the user."""
    raw = "日本語,x\n".encode("gbk")
    found = decoding_of(raw, "a.csv", "gbk")
    assert (found.name, found.detected, found.text(raw)) == ("gbk", False, "日本語,x\n")


def test_a_named_utf8_drops_the_mark():
    """A byte-order mark left in place becomes part of the first column's name."""
    for name in ("utf-8", "utf-8-sig"):
        raw = "text,好\n".encode("utf-8-sig")
        assert decoding_of(raw, "a.csv", name).text(raw) == "text,好\n"
    raw = "text,好\n".encode("utf-16")
    assert decoding_of(raw, "a.csv", "utf-16").text(raw) == "text,好\n"


def test_a_named_encoding_with_few_broken_lines_keeps_the_others():
    """With the encoding named, damage still costs rows and not the file."""
    raw = "很好\n味道\n".encode("gb18030") + b"\xff\xff\n"
    found = decoding_of(raw, "a.csv", "gb18030")
    assert not found.clean
    assert found.text(raw).startswith("很好\n味道\n\udcff")


def test_a_wrong_name_is_answered_with_the_right_one():
    """Thousands of rows at fault say less than the one sentence that the encoding is another."""
    raw = SAMPLES["gb18030"][0].encode("gb18030")
    with pytest.raises(DataError, match="looks like gb18030"):
        decoding_of(raw, "a.csv", "utf-8")


@pytest.mark.parametrize("name", ["utf8000", "rot13", "base64", ""])
def test_what_is_no_encoding_is_refused(name):
    """LookupError: unknown encoding, with a traceback."""
    with pytest.raises(UserError, match="no text encoding"):
        decoding_of(b"a", "a.csv", name)


def test_the_near_miss_is_named():
    """gb18300 is what tired fingers type."""
    with pytest.raises(UserError, match="Did you mean 'gb18030'"):
        decoding_of(b"a", "a.csv", "gb18300")


@pytest.mark.parametrize("given", [None, "utf-16"])
def test_utf16_cut_short_is_refused(given):
    """Half a character at the end of UTF-16 means that the file is not whole."""
    with pytest.raises(DataError, match="cut short"):
        decoding_of("text,label\na,b".encode("utf-16")[:-1], "a.csv", given)


def test_utf8_with_mark_and_damage():
    """The mark says UTF-8; a bad line is a bad line."""
    found = decoding_of(b"\xef\xbb\xbftext\n\xff\n", "a.csv")
    assert (found.name, found.clean) == ("utf-8 with BOM", False)


def test_rarer_encodings_are_asked_of_charset_normalizer():
    """DOS Cyrillic is in no list here, and every letter of it would be lost."""
    text = "Отличный товар, очень доволен покупкой. Буду заказывать ещё, спасибо продавцу\n" * 3
    found = decoding_of(text.encode("cp866"), "a.csv")
    assert found.clean and found.text(text.encode("cp866")) == text


@pytest.mark.parametrize("codec", ["cp850", "mac_roman"])
def test_what_cannot_be_told_is_damage_and_not_a_guess(codec):
    """Better rows at fault, with the advice to name the encoding, than other letters in silence."""
    raw = "Schöne Grüße aus München, äußerst freundlich, größer als üblich\n".encode(codec)
    assert not decoding_of(raw, "a.csv").clean


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1))
def test_utf8_is_always_recognised(text):
    """No text in UTF-8 may be taken for a legacy encoding."""
    raw = text.encode()
    found = decoding_of(raw, "a.csv")
    assert found.name == "utf-8"
    assert found.text(raw) == text
