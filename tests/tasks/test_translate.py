"""Translating: figures by the target's language, wrongness by each row's own chrF."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_writers import cipher_pairs, many_languages_folder

from tunewright.errors import RecipeError
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.recipe import Recipe
from tunewright.tasks.text_rows import TextRows
from tunewright.tasks.translate import Translate


def test_words_are_those_of_the_target_language() -> None:
    """Danger: Chinese whose sentences count as one word: one wrong character, and all is wrong."""
    truth, answers = TextRows(["我喜欢吃苹果和香蕉"]), TextRows(["我喜欢吃苹果和西瓜"])
    one = np.ones((1, 1))
    named = Translate(target_language="zh").metric_values(truth, answers, one)
    seen = Translate().metric_values(truth, answers, one)
    assert named["bleu"][0] == seen["bleu"][0] > 0.5
    assert Translate(target_language="en").metric_values(truth, answers, one)["bleu"][0] == 0.0


def test_the_worst_row_is_the_farthest() -> None:
    """Danger: the list of worst translations led by good ones."""
    truth = TextRows(["the cat sleeps", "it rains", "good night"])
    wrong, how = Translate().wrongness(truth, TextRows(["the cat sleeps", "it rained", "qqq"]))
    assert wrong.tolist() == [False, True, True]
    assert how[0] == 0.0 < how[1] < how[2] == pytest.approx(1.0)


def test_a_model_of_many_languages_is_told_both(tmp_path) -> None:
    """Danger: the default language of a tokenizer read as the user's; forced by whoever opens the saved model."""
    folder = many_languages_folder(tmp_path, "nllb", [text for side in cipher_pairs(50) for text in side])
    source = Source("nllb", str(folder))
    with pytest.raises(RecipeError, match="zho_Hans"):
        Translate(source_language="vie_Latn", target_language="zho").ready(source.config(), source.tokenizer())
    task = Translate(source_language="vie_Latn", target_language="zho_Hans")
    model = task.model(source, task.space([], "y", None), LoadOptions(1, 0))
    code = source.tokenizer().convert_tokens_to_ids("zho_Hans")
    assert model.generation_config.forced_bos_token_id == code
    assert model.generation_config.num_beams == 6


def test_a_recipe_says_it_in_one_line() -> None:
    """Danger: a task that needs fields which nobody knows before the first error."""
    data = {"train": "a.csv", "inputs": {"text": "en"}, "target": "zh"}
    recipe = Recipe.model_validate({"model": "x", "data": data, "task": "translate"})
    assert recipe.task.loss.label_smoothing == 0.1 and recipe.task.beams == 6
