"""Two columns of which one is a translation or a summary of the other."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_writers import cipher_pairs

from tunewright.data.guess import guess
from tunewright.data.guess_written import language_of, written_target
from tunewright.data.reading import read

ENGLISH = [
    "I am here.",
    "She is the one who came.",
    "Where do you live?",
    "He was late.",
    "It is raining and cold.",
] * 4
ENGLISH = [f"{text} {row}" for row, text in enumerate(ENGLISH)]
FRENCH = [f"{text} en français {row}" for row, text in enumerate(ENGLISH)]


def table(tmp_path, columns):
    rows = ["\t".join(columns), *("\t".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    (tmp_path / "t.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return read(tmp_path / "t.tsv", role="train")


def test_two_scripts(tmp_path) -> None:
    """Danger: Chinese translations taken for thousands of classes."""
    toy, chinese = cipher_pairs(60)
    found = written_target(table(tmp_path, {"a": toy, "b": chinese, "note": ["from tatoeba 17"] * 60}))
    assert (found.text, found.target, found.task, found.target_language) == ("a", "b", "translate", "zh")
    turned = guess(table(tmp_path, {"a": toy, "b": chinese}), target="a")
    assert (turned.inputs, turned.target, turned.settings["source_language"]) == ({"text": "b"}, "a", "zh")


def test_a_file_without_names(tmp_path) -> None:
    """Danger: the first sentence of a file taken for the name of its column."""
    toy, chinese = cipher_pairs(60)
    lines = [f"{a}.\t{b}。" for a, b in zip(toy, chinese, strict=True)]
    (tmp_path / "t.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = written_target(read(tmp_path / "t.tsv", role="train"))
    assert (found.text, found.target) == ("column_1", "column_2")


def test_names_of_languages(tmp_path) -> None:
    """Danger: two languages of one script look like two texts to be compared."""
    found = written_target(table(tmp_path, {"english": ENGLISH, "french": FRENCH}))
    assert (found.source_language, found.target_language) == ("en", "fr")


def test_a_label_beside_two_languages_is_the_target(tmp_path) -> None:
    """Danger: a classification of texts with their translation becomes a translation."""
    toy, chinese = cipher_pairs(60)
    assert written_target(table(tmp_path, {"a": toy, "b": chinese, "label": ["x", "y"] * 30})) is None


def test_lengths_that_do_not_go_together(tmp_path) -> None:
    """Danger: a comment and an unrelated note in another script."""
    toy, chinese = cipher_pairs(60)
    mixed = [chinese[row] for row in np.random.default_rng(1).permutation(60)]
    assert written_target(table(tmp_path, {"a": toy, "b": mixed})) is None


def test_summaries_are_called_so(tmp_path) -> None:
    """Danger: a summary guessed from any short text."""
    columns = {"article": [" ".join(ENGLISH[row:]) for row in range(8)], "summary": ENGLISH[:8]}
    found = guess(table(tmp_path, columns))
    assert (found.task, found.target, found.inputs) == ("summarise", "summary", {"text": "article"})


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("x", ["今日はいい天気です", "私は学生"], ("ja", "ja")), ("x", ["Привет", "мир"], ("ru", "ru")),
        ("x", ["Tôi là sinh viên", "Cảm ơn bạn"], ("", "vi")), ("x", ["The cat is here", "Do you know?"], ("", "en")),
        ("text_de", ["Guten Tag", "Wie geht es?"], ("", "de")), ("x", ["12", "34"], ("?", None)),
    ],
)  # fmt: skip
def test_languages_by_script_name_and_common_words(name, texts, expected) -> None:
    """Danger: a language written into a recipe that nobody can tell."""
    assert language_of(name, texts) == expected
