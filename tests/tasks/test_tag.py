"""The task of entities in a text: its space, its weight, its answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer
from trial import Trial, trial

from tunewright.data.entities import written
from tunewright.inputs.text import TextInput
from tunewright.inputs.word_list import TokensInput
from tunewright.tasks import Space
from tunewright.tasks.tag import Tag, types_of
from tunewright.tasks.word_tags import IGNORED

TASK, TOOL = Tag(), tiny_tokenizer()
TEXTS = ["good film xyz", "the plot", "bad"]
CELLS = [written([(5, 13, "b-c")]), (), written([(0, 3, "a")])]


def encoded(texts=TEXTS, **options):
    return TextInput(text="t").encode({"t": texts}, TOOL, options.pop("limit", 64), words=True, **options)


def test_the_space_holds_both_tags_of_every_type() -> None:
    """Danger: an I that training never saw has no output, and two-word entities can never be said."""
    space = TASK.space(CELLS, "y", encoded())
    assert space.names == ("B-a", "B-b-c", "I-a", "I-b-c", "O")
    assert types_of(space) == ("a", "b-c")
    assert space.counts == (1, 1, 0, 1, 3), "words, not sub-words: xyz is three pieces"
    assert Space.of_config(type("C", (), {"problem_type": None, "id2label": dict(enumerate(space.names))})) == Space(
        "tags", space.names, (0,) * 5
    )


def test_the_first_piece_of_a_word_learns_for_it() -> None:
    """Danger: a word of five pieces weighs five times as much, and figures follow the tokenizer."""
    rows = encoded()
    space = TASK.space(CELLS, "y", rows)
    targets = TASK.targets(TASK.encode(CELLS, space, rows), rows, np.array([0]), space)
    names = [space.names[tag] if tag != IGNORED else "" for tag in targets]
    assert names == ["", "O", "B-b-c", "I-b-c", "", "", ""]


def test_the_weight_counts_words() -> None:
    """Danger: padding and pieces divide the loss, and a batch of short rows pulls harder."""
    bench = trial("bert", "full", "tag")
    samples = np.array([3, 7])
    batch = bench.batch(samples)
    total, weight = bench.task.loss_of(bench.model, batch, bench.space)
    words = [len(bench.encoded.words.of(row)) for row in samples]
    assert weight == sum(words)
    alone = [bench.task.loss_of(bench.model, bench.batch(np.array([row])), bench.space) for row in samples]
    assert float(total.detach()) == pytest.approx(sum(float(one.sum.detach()) for one in alone), rel=1e-5)


def test_outputs_are_those_of_tokens_that_exist() -> None:
    """Danger: outputs of padding laid on the next row's tokens; the same on both sides of padding."""
    for family in ("bert", "llama"):
        bench = Trial(family, "full", "tag")
        for left in (False, True):
            rows = bench.encoded.of_rows([0, 1, 2])
            rows = type(rows)(**{**vars(rows), "pad_left": left})
            model = bench.model.eval()
            if left and family == "bert":
                continue  # absolute positions: a BERT is never padded on the left
            together = bench.task.outputs(model, rows.collate([0, 1, 2]))
            apart = torch.cat([bench.task.outputs(model, rows.collate([row])) for row in range(3)])
            assert together.shape == (int(rows.lengths.sum()), len(bench.space.names))
            assert torch.allclose(together, apart, atol=1e-4), (family, left)


def test_windows_give_what_the_whole_text_gives() -> None:
    """Danger: at the seams entities are lost, doubled or cut in two. A model that knows each word's tag must answer
    the same through windows as in one piece."""
    text = "good film the plot bad actor " * 12
    cells = [written([(start, start + 9, "x") for start in range(0, len(text), 29)])]
    whole, cut = encoded([text], limit=200), encoded([text], limit=12, overlap=4)
    space = TASK.space(cells, "y", whole)
    assert len(cut) > 5
    answers = []
    for rows in (whole, cut):
        truth = TASK.encode(cells, space, rows)
        targets = TASK.targets(truth, rows, np.arange(len(rows)), space)
        outputs = np.eye(len(space.names), dtype=np.float32)[np.maximum(targets, 0)] * 9
        answers.append(TASK.answers(outputs, rows, space))
        assert answers[-1].of_row(0) == truth.of_row(0)
    assert TASK.space(cells, "y", cut).names == space.names


def test_what_was_cut_off_counts_as_missed() -> None:
    """Danger: entities that were never read vanish from the truth, and recall looks perfect."""
    text = "good film the plot bad actor scene music"
    rows = encoded([text], limit=5)
    cells = [written([(0, 4, "x"), (35, 40, "x")])]
    space = TASK.space(cells, "y", rows)
    truth = TASK.encode(cells, space, rows)
    outputs = np.tile(np.array([9.0, 0.0, 0.0], dtype=np.float32), (len(rows.ids), 1))
    found = TASK.answers(outputs, rows, space)
    assert len(truth.of_row(0)) == 2
    assert found.of_row(0) == [(0, 4, "x"), (5, 9, "x"), (10, 13, "x")]


def test_words_given_by_the_data_are_the_places() -> None:
    """Danger: places over words read as places over characters."""
    part = TokensInput(tokens="w")
    rows = part.encode({"w": [("good", "film"), ("北", "京", "bad")]}, TOOL, 64, words=True)
    cells = [written([(1, 2, "x")]), written([(0, 2, "x")])]
    space = TASK.space(cells, "y", rows)
    truth = TASK.encode(cells, space, rows)
    assert [truth.of_row(0), truth.of_row(1)] == [[(5, 9, "x")], [(0, 2, "x")]]
    said = TASK.predictions(truth, space, part.texts({"w": [("good", "film"), ("北", "京", "bad")]}))
    assert [one.text for one in said[1].entities] == ["北京"]
    assert said[0].cells()["entities"] == [{"start": 5, "end": 9, "label": "x", "text": "film", "probability": 1.0}]


def test_a_row_without_words_has_no_entities() -> None:
    """Danger: an empty text stops the run."""
    rows = encoded(["", "good"])
    space = Space("tags", ("B-x", "I-x", "O"))
    found = TASK.answers(np.zeros((len(rows.ids), 3), dtype=np.float32), rows, space)
    assert found.of_row(0) == []
    assert len(found) == 2
