"""Public question-answering sets as they are found."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tiny_models import bytes_tokenizer

from tunewright.data.answers import answers_of
from tunewright.data.dataset import assemble
from tunewright.data.guess import guess
from tunewright.data.reading import read
from tunewright.inputs.question_context import QuestionContextInput
from tunewright.metrics.answers import normal_words
from tunewright.recipe import Data
from tunewright.tasks.answer import Answer
from tunewright.tasks.answer_rows import RightAnswers
from tunewright.tasks.span_choice import marks

INPUTS = {"question": "question", "context": "context"}


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_every_question_is_there_and_no_context_stands_in_two_splits(real_data, language: str) -> None:
    """Danger: questions lost among articles and paragraphs, or a text learned by heart and measured."""
    path = real_data / "xquad" / f"xquad.{language}.json"
    found = guess(read(path, role="train"))
    assert (found.task, found.inputs, found.target, found.group) == ("answer", INPUTS, "answers", "title")
    data = Data(train=str(path), inputs=INPUTS, target="answers", group="title")
    made = assemble(
        data, input_columns=tuple(INPUTS), inputs=INPUTS, task="answer", target_kind="answers",
        locate=lambda name: path, seed=0, together="context",
    )  # fmt: skip
    assert not made.audit.errors
    splits = (made.train, made.validation, made.test)
    assert sum(map(len, splits)) == 1190
    titles = [set(split.columns["title"]) for split in splits]
    assert not titles[0] & titles[1] and not titles[0] & titles[2] and not titles[1] & titles[2]
    raw = json.loads(path.read_text(encoding="utf-8"))
    wanted = {q["answers"][0]["text"] for a in raw["data"] for p in a["paragraphs"] for q in p["qas"]}
    assert {answers_of(cell)[1][0][1] for split in splits for cell in split.columns["answers"]} == wanted


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_answers_survive_tokens_and_windows(real_data, language: str) -> None:
    """Danger: places that are right in ASCII alone. Single bytes are tokens here, so every answer must come back."""
    table = read(real_data / "xquad" / f"xquad.{language}.json", role="train").take(np.arange(0, 1190, 40))
    part, task = QuestionContextInput(**INPUTS), Answer(longest=2000)
    encoded = part.encode(table.columns, bytes_tokenizer(), 900, words=True, overlap=300)
    cells = [(context, *(f"{one['answer_start']}:{one['text']}" for one in map(json.loads, answers)))
             for context, answers in zip(table.columns["context"], table.columns["answers"], strict=True)]  # fmt: skip
    truth = RightAnswers(cells)
    assert len(encoded) > len(table)
    outputs = []
    for sample, row in enumerate(encoded.rows.tolist()):
        first = encoded.words.first[encoded.offsets[sample] : encoded.offsets[sample + 1]]
        outputs.append(np.where(marks(encoded.words.of(row), first, truth.of(row)) == 1, 9.0, -9.0))
    space = task.space(cells, "answers", encoded)
    found = task.answers(np.concatenate(outputs).astype(np.float32), encoded, space)
    values = task.metric_values(truth, found, np.ones((1, len(truth))))
    assert values["em"] == values["f1"] == 1.0
    assert task.decide(found, space) == task.in_words(truth, space)
    assert all(normal_words(text) for row in range(len(truth)) for _, text in truth.of(row))
