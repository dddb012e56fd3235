"""The first sentences, in any script."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tunewright.evaluation.baselines.lead import Lead, first_sentences
from tunewright.evaluation.subject import Split
from tunewright.inputs.text import TextInput


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four.", "One. Two! Three?"),
        ("今天很好。我去学校！你呢？再见。", "今天很好。我去学校！你呢？"),
        ('He said "no." Then he left. It rained. End.', 'He said "no." Then he left. It rained.'),
        ("No end at all", "No end at all"),
        ("Version 3.5 is out. Good", "Version 3.5 is out. Good"),
        ("", ""),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: str) -> None:
    """Danger: half a sentence, or the whole text, as the summary to beat."""
    assert first_sentences(text) == expected


def test_every_row_is_answered() -> None:
    """Danger: a row without an answer shifts those behind it."""
    split = Split("test", SimpleNamespace(columns={"t": ["A. B. C. D.", ""]}), None, None)
    attempt = Lead().answer(SimpleNamespace(inputs=TextInput(text="t")), split)
    assert attempt.answers.texts == ["A. B. C.", ""]
