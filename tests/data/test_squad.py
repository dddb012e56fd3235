"""SQuAD's nested JSON as rows."""

from __future__ import annotations

import json

import pytest

from tunewright.data.reading import read
from tunewright.data.squad import is_squad

V2 = {
    "version": "v2.0",
    "data": [
        {
            "title": "Films",
            "paragraphs": [
                {
                    "context": "A good film. 北京 很好。",
                    "qas": [
                        {"id": "1", "question": "what?", "answers": [{"text": "good", "answer_start": 2}] * 2,
                         "is_impossible": False},
                        {"id": "2", "question": "who?", "answers": [], "is_impossible": True,
                         "plausible_answers": [{"text": "film", "answer_start": 7}]},
                    ],
                },
                {"context": "Another.", "qas": [{"id": "3", "question": "which?"}]},
            ],
        }
    ],
}  # fmt: skip


def written(tmp_path, document):
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return read(path, role="train")


def test_one_row_a_question(tmp_path) -> None:
    """Danger: an article taken for a row, with its questions as text; or a question without its context."""
    table = written(tmp_path, V2)
    assert len(table) == 3
    assert list(table.columns["question"]) == ["what?", "who?", "which?"]
    assert list(table.columns["title"]) == ["Films"] * 3
    assert table.columns["context"][0] == table.columns["context"][1] == "A good film. 北京 很好。"
    assert table.columns["answers"][0] == ('{"text": "good", "answer_start": 2}',) * 2
    assert list(table.columns["answers"][1:]) == [(), None]
    assert list(table.columns["is_impossible"]) == ["false", "true", None]
    assert table.place(2).line == 3


def test_what_cannot_be_read_is_named_and_the_rest_is_there(tmp_path) -> None:
    """Danger: a broken paragraph that takes the file with it, or vanishes."""
    good = V2["data"][0]
    broken = {
        "title": "x",
        "paragraphs": [{"context": [], "qas": []}, {"context": "y"}, {"context": "z", "qas": ["?"]}],
    }
    table = written(tmp_path, {"data": [broken, good, "article", {"title": "no paragraphs"}]})
    assert len(table) == 3
    notes = [fault.place.note for fault in table.faults]
    assert notes == [
        "paragraph 1 of article 1 has no context",
        "paragraph 2 of article 1 has no list of questions (qas)",
        "paragraph 3 of article 1 has a question that is no object",
        "article 3 has no list of paragraphs",
        "article 4 has no list of paragraphs",
    ]
    assert {fault.code for fault in table.faults} == {"unreadable"}


@pytest.mark.parametrize(
    "document", [{"data": [{"text": "a"}]}, {"data": []}, {"data": {"paragraphs": 1}}, [], {"a": 1}]
)
def test_other_envelopes_are_none(document) -> None:
    """Danger: a table in an envelope called `data` that is read as articles."""
    assert not is_squad(document)
