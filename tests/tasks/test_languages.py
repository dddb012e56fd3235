"""Language codes: those of the tokenizer, checked, and put where each family wants them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_writers import cipher_pairs, many_languages_folder, shared_writer_folder
from transformers import AutoTokenizer

from tunewright.errors import RecipeError
from tunewright.models.source import Source
from tunewright.tasks.languages import forced_language, language_codes, set_languages

CODES = {"nllb": ("vie_Latn", "zho_Hans"), "mbart50": ("vi_VN", "zh_CN"), "mbart": ("vi_VN", "zh_CN")}


def test_what_is_no_code_is_refused_by_models_of_one_pair_too() -> None:
    """Danger: `chinese` for `zh` cuts no words, and BLEU is that of whole sentences."""
    tokenizer = Source("marian", str(shared_writer_folder("marian"))).tokenizer()
    assert not language_codes(tokenizer)
    for good in (None, "zh", "zh-Hans", "zho_Hans", "pt_BR", ">>cmn_Hans<<"):
        set_languages(tokenizer, None, good)
    with pytest.raises(RecipeError, match="no code of a language") as caught:
        set_languages(tokenizer, "English", "chinese")
    assert [problem.where for problem in caught.value.problems] == ["task.source_language", "task.target_language"]


@pytest.fixture(scope="module", params=tuple(CODES))
def kind_and_folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, many_languages_folder(
        folder, request.param, [text for side in cipher_pairs(50) for text in side]
    )


def test_source_and_target_carry_their_codes(kind_and_folder, tmp_path: Path) -> None:
    """Danger: Vietnamese read under the default, English, and nothing that says so; or right until it is saved."""
    kind, folder = kind_and_folder
    tokenizer = Source(kind, str(folder)).tokenizer()
    source, target = CODES[kind]
    set_languages(tokenizer, source, target)
    codes = language_codes(tokenizer)
    assert len(codes) > 20
    read, written = tokenizer("ba de")["input_ids"], tokenizer(text_target="山")["input_ids"]
    assert codes[source] in (read[0], read[-1]) and codes[target] in (written[0], written[-1])
    assert tokenizer("ba de")["input_ids"] == read, "reading a target must not change how sources are read"
    forced = {"forced_bos_token_id": codes[target]}
    assert forced_language(tokenizer, target) == ({} if kind == "mbart" else forced)
    tokenizer.save_pretrained(tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path)("ba de")["input_ids"] == read


def test_an_unknown_code_gets_its_neighbours(kind_and_folder) -> None:
    """Danger: a code of another family becomes the unknown token, and the model translates into anything."""
    kind, folder = kind_and_folder
    tokenizer = Source(kind, str(folder)).tokenizer()
    with pytest.raises(RecipeError) as caught:
        set_languages(tokenizer, "vi", None)
    told = str(caught.value)
    assert "task.source_language" in told and CODES[kind][0] in told
    assert "task.target_language" in told and "is not given" in told


def test_models_of_one_pair_are_told_nothing() -> None:
    """Danger: a Marian model refused for a code that it has no use for."""
    tokenizer = Source("marian", str(shared_writer_folder("marian"))).tokenizer()
    assert language_codes(tokenizer) == {} == forced_language(tokenizer, "zh")
    set_languages(tokenizer, "en", "xx")
