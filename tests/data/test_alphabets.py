"""Alphabets: letters tell encodings apart that decode each other without an error."""

from __future__ import annotations

import pytest

from tunewright.data.alphabets import FREQUENT, LATIN, coverage, frequent_share
from tunewright.data.encodings import decoding_of

WRITTEN = {
    "cp1252": "Le café était très bon à Paris, où est la forêt",
    "cp1250": "Nagyon jó termék, mindenkinek ajánlom. Őszintén szólva kitűnő",
    "cp1254": "İstanbul'da güneşli bir gün yaşıyoruz, ürün kırıktı",
    "cp1257": "Labai geras produktas, pristatė greitai, ačiū už puikų aptarnavimą",
    "cp1251": "Отличный товар, очень доволен покупкой",
    "koi8_r": "Отличный товар, очень доволен покупкой",
    "cp1253": "Πολύ καλό προϊόν, το συνιστώ σε όλους",
    "cp1255": "מוצר מצוין ממליץ לכולם",
    "cp1256": "هذا المنتج رائع جدا وانصح به الجميع",
    "cp874": "สินค้าดีมากส่งเร็ว",
}


@pytest.mark.parametrize("codec", WRITTEN)
def test_each_alphabet_is_told_from_the_others(codec):
    """Turkish read as Latin-1 is `þ` and `ý` for `ş` and `ı` in every word, without an error."""
    raw = WRITTEN[codec].encode(codec)
    assert decoding_of(raw, "a.csv").text(raw) == WRITTEN[codec]


def test_coverage():
    """A letter that the language does not have lowers it."""
    assert coverage("çok güzel şeyler İyi", "cp1254") == 1.0
    assert coverage("áő", "cp1252") == 0.5
    assert coverage("plain", "cp1252") == 0.0
    assert set(LATIN) == {"cp1252", "cp1250", "cp1254", "cp1257"}


def test_frequent_letters():
    """Misread bytes are capitals in the middle of words, letters glued to ASCII, or rare letters."""
    assert frequent_share("это хорошо", "cp1251") > 0.6
    assert frequent_share("хорОшо", "cp1251") == 0.0
    assert frequent_share("ХОРОШО", "cp1251") == 0.0
    assert frequent_share("sаmе bыtеs", "cp1251") == 0.0
    assert frequent_share("plain", "cp1251") == 0.0
    assert all(len(set(letters)) == len(letters) for letters in FREQUENT.values())
