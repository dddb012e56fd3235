"""The list of models to start from: whole, true to its own rules, and of use for every task."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tunewright.recipe import catalog
from tunewright.recipe.starting_models import MANY, STARTING_MODELS, starting_models

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("task", catalog.BUILTIN["task"])
def test_every_task_has_a_choice(task):
    """Danger: a new task for which `init` names nothing, or one thing as if there were no other."""
    assert sum(task in model.tasks for model in STARTING_MODELS) >= 2


@pytest.mark.parametrize("model", STARTING_MODELS, ids=lambda model: model.id)
def test_every_line_is_whole(model):
    """Danger: a model without its licence, or with a figure that was never filled in."""
    assert re.fullmatch(r"[\w.-]+/[\w.-]+|sample://minilm", model.id)
    assert model.licence and model.licence == model.licence.lower() and " " not in model.licence
    assert 0 < model.millions < 5000
    assert model.tasks and set(model.tasks) <= set(catalog.BUILTIN["task"])
    assert model.reads in ("text", "image", "audio", "image+text")
    assert (model.tokens is not None) is ("text" in model.reads)
    assert bool(model.languages) is ("text" in model.reads)
    assert all(re.fullmatch(rf"{MANY}|[a-z]{{2}}(-[a-z]{{2}})?", language) for language in model.languages)
    assert model.prefer and not model.prefer.endswith(".") and "\n" not in model.prefer


def test_no_model_twice():
    """Danger: two lines of one model that say two things."""
    assert len({model.id for model in STARTING_MODELS}) == len(STARTING_MODELS)


def test_licences_that_bind_say_so():
    """Danger: a team that ships a model which must not be sold, because the list showed four letters."""
    bound = {model.licence: model for model in STARTING_MODELS if model.terms != model.licence}
    assert set(bound) == {"cc-by-nc-4.0", "agpl-3.0", "llama3.2"}
    assert not bound["cc-by-nc-4.0"].commercial and "forbids commercial use" in bound["cc-by-nc-4.0"].facts
    free = {"apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0"}
    assert {model.licence for model in STARTING_MODELS} == free | set(bound)
    assert all(model.commercial for model in STARTING_MODELS if model.licence in free)


def test_where_it_is_from_is_written_down():
    """Danger: figures that nobody can look up again."""
    page = (ROOT / "docs/decisions/0026-starting-models.md").read_text(encoding="utf-8")
    assert "looked up on 2026-11-21" in page


def test_a_language_of_its_own_comes_first():
    """Danger: a multilingual model for English, or an English one for Chinese."""
    assert starting_models("classify", language="en")[0].languages == ("en",)
    chinese = starting_models("classify", language="zh")
    assert [model.languages for model in chinese] == [("zh",), ("zh",), (MANY,)]
    assert all(MANY in model.languages for model in starting_models("tag", language="th"))
    assert "vi" in starting_models("classify", language="vi")[0].languages


def test_an_unknown_language_gets_models_of_many():
    """Danger: titles of three words taken for English."""
    found = starting_models("classify", language=None)
    assert MANY in found[0].languages and found[-1].languages == ("en",)


def test_long_texts_get_models_that_read_them():
    """Danger: nine tenths of each text cut away by the first model that is named."""
    assert all(model.tokens > 512 for model in starting_models("classify", language="en", long=True))
    assert starting_models("classify", language="zh", long=True)[0].id == "jhu-clsp/mmBERT-base"


def test_a_pair_of_languages_is_no_other_pair():
    """Danger: a model that translates the other way round."""
    found = [model.id for model in starting_models("translate", language="zh-en")]
    assert found[0] == "Helsinki-NLP/opus-mt-zh-en" and not any("en-zh" in name for name in found)
    assert all(MANY in model.languages for model in starting_models("translate", language="ja-en"))


@pytest.mark.parametrize("reads", ["image", "audio", "image+text"])
def test_other_senses(reads):
    """Danger: a text model for pictures."""
    found = starting_models("classify", reads=reads, language="zh" if reads != "image+text" else "en")
    assert found and all(model.reads == reads for model in found)
