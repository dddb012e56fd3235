"""Which language texts in Latin letters are written in, where that can be told."""

from __future__ import annotations

import pytest

from tunewright.data.languages import latin_language

TEXTS = {
    "en": ["The kettle broke after a week and nobody answers.", "What is the fee for a transfer from my card?"],
    "vi": ["Tôi muốn trả lại món hàng này vì nó không giống như ảnh.", "Bao giờ thì đơn hàng của tôi được giao?"],
    "de": ["Der Wasserkocher war nach einer Woche kaputt, und niemand antwortet.", "Was kostet die Überweisung?"],
    "nl": [
        "De waterkoker was na een week kapot en niemand antwoordt.",
        "Wat is de prijs van het product of de dienst?",
    ],
    "pl": ["Czajnik zepsuł się po tygodniu i nikt nie odpowiada.", "Ile kosztuje przelew do banku i z banku?"],
    "fr": ["La bouilloire est tombée en panne après une semaine.", "Combien coûte un virement depuis ma carte ?"],
    "es": ["El hervidor se rompió en una semana y nadie responde.", "¿Cuánto cuesta una transferencia?"],
    "pt": ["A chaleira quebrou depois de uma semana e ninguém responde do outro lado.", "Quanto custa do banco?"],
    "it": ["Il bollitore si è rotto dopo una settimana e i tecnici non rispondono.", "Quanto costa il bonifico?"],
    "ro": ["Ceainicul s-a stricat după o săptămână și nimeni nu răspunde.", "Cât costă un transfer de pe card?"],
    "id": [
        "Ketel ini rusak setelah satu minggu dan tidak ada yang menjawab.",
        "Berapa biaya transfer dari kartu saya?",
    ],
}


@pytest.mark.parametrize("language", TEXTS)
def test_english_and_vietnamese_are_told_and_nothing_else(language):
    """Danger: `i` and `do`, frequent in Polish and Italian, taken for English, and an English model named for them."""
    assert latin_language(TEXTS[language] * 5) == (language if language in ("en", "vi") else None)


def test_long_texts_of_vietnamese_are_not_english():
    """Danger: long enough, any text holds a syllable that is an English word."""
    assert latin_language([" ".join(TEXTS["vi"] * 50) + " the do to of"]) == "vi"


def test_names_in_another_language_are_no_language():
    """Danger: English sentences about people in Hà Nội called Vietnamese, and an English model warned of."""
    texts = [
        "The parcel of Nguyễn Thị Minh goes to Huế, and the other one is for a customer in York, as you have asked."
    ]
    assert latin_language(texts * 5) == "en"


@pytest.mark.parametrize("texts", [[], [""], ["123 456", "!"], ["Red kettle", "Blue lamp"], ["AB-1", "CD-2"] * 50])
def test_too_little_tells_nothing(texts):
    """Danger: names and codes called English."""
    assert latin_language(texts) is None
