"""Which base models `init` names, and what it says of the texts."""

from __future__ import annotations

import pytest

from tunewright.pipeline.starter_models import SAMPLE, named_models, texts_of

WRITTEN = {
    "English": "The kettle broke after a week and nobody answers my letters about it.",
    "Chinese": "退款申请还没有处理，这是第三次催促了，请尽快回复。",
    "Vietnamese": "Tôi muốn trả lại món hàng này vì nó không giống như ảnh.",
    "Japanese": "返金の申請はまだ処理されていません。三回目の催促です。",
    "Korean": "환불 신청이 아직 처리되지 않았습니다. 세 번째 독촉입니다.",
    "Thai": "คำขอคืนเงินยังไม่ได้รับการดำเนินการ",
    "Cyrillic letters": "Чайник сломался через неделю, и никто не отвечает.",
    "Arabic letters": "تعطلت الغلاية بعد أسبوع ولا أحد يجيب",
    "Latin letters, in English or in another language": "Der Wasserkocher war nach einer Woche kaputt.",
    "more than one script": "退款申请还没有处理 Tôi muốn trả lại món hàng này ngay bây giờ",
}


@pytest.mark.parametrize("written_in", WRITTEN)
def test_what_texts_are_written_in(written_in):
    """Danger: a language claimed that their letters do not tell, or a script taken for another."""
    assert texts_of([[WRITTEN[written_in]] * 20]).written_in == written_in


def test_cells_of_any_kind():
    """Danger: a traceback for words in lists, conversations, empty cells, numbers."""
    assert texts_of([[("The", "kettle", "broke", "and", "this", "is", "what", "you", "have")] * 5]).language == "en"
    assert texts_of([[None, "", "12", "3.5"]]).written_in == ""
    assert texts_of([]).written_in == "" and texts_of([[]]).language is None
    assert texts_of(
        [[({"role": "user", "content": "退款申请还没有处理，请尽快回复，谢谢大家的帮助与支持"},)] * 4]
    ).written_in


@pytest.mark.parametrize(("text", "long"), [("word " * 100, False), ("word " * 600, True), ("退款申请" * 200, True)])
def test_long_texts(text, long):
    """Danger: an encoder of 512 tokens named first for texts of two thousand."""
    assert texts_of([[text] * 10]).long is long
    assert texts_of([["short"] * 19 + [text]]).long is False


def named(task, written_in="English", settings=None, given=None, inputs=None):
    texts = texts_of([[WRITTEN[written_in]] * 20] if written_in else [])
    return named_models(task, inputs or {"text": "a"}, texts, settings or {}, given)


def test_english_starts_from_the_sample_model():
    """Danger: a first recipe that wants a network."""
    found = named("classify")
    assert found.model == SAMPLE and found.notes == ()
    assert found.others.count("\n") == 4 and "answerdotai/ModernBERT-base" in found.others
    assert all(line.startswith("#") for line in found.others.splitlines())
    assert "149M parameters" in found.others and "apache-2.0" in found.others


@pytest.mark.parametrize(
    ("written_in", "name"), [("Chinese", "hfl/chinese-macbert-base"), ("Thai", "xlm-roberta-base")]
)
def test_other_languages_are_told_that_the_sample_model_does_not_know_them(written_in, name):
    """Danger: an English model trained on Chinese, and nobody knows why it learns so little."""
    found = named("classify", written_in)
    assert found.model == SAMPLE and written_in in found.notes[0] and name in found.notes[1]


def test_what_the_sample_model_cannot_do_starts_from_another():
    """Danger: a page whose model must be filled in before anything runs."""
    for task in ("instruct", "prefer", "language_model", "summarise", "translate"):
        found = named(task)
        assert "/" in found.model and SAMPLE not in found.model and "parameters" in found.note
        assert found.model not in found.others
    assert named("instruct", "Chinese").model == "Qwen/Qwen2.5-0.5B-Instruct"


def test_translation_follows_the_pair():
    """Danger: a name put together of two codes, which no hub has."""
    known = named("translate", settings={"source_language": "en", "target_language": "zh"})
    assert known.model == "Helsinki-NLP/opus-mt-en-zh" and "forbids commercial use" in known.others
    rare = named("translate", settings={"source_language": "ja", "target_language": "vi"})
    assert rare.model == "facebook/m2m100_418M" and rare.notes == ()
    unknown = named("translate", settings={"target_language": "vi"})
    assert unknown.model == "facebook/m2m100_418M" and "source_language" in unknown.notes[0]


def test_a_model_that_the_user_names_stands_alone():
    """Danger: advice to somebody who has chosen."""
    found = named("classify", "Chinese", given="./mine")
    assert (found.model, found.others, found.notes) == ("./mine", "", ())


@pytest.mark.parametrize("sense", ["image", "audio"])
def test_pictures_and_sounds(sense):
    """Danger: a text model for them, or a word about their language."""
    found = named("classify", None, inputs={sense: "path"})
    assert "parameters" in found.note and " on texts" not in found.others and found.others
