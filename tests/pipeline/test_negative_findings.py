"""What the audit says of texts that are named as wrong."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_models import tiny_tokenizer

from tunewright.data.reading import read
from tunewright.evaluation import Split
from tunewright.inputs.text_pair_negative import TextPairNegativeInput
from tunewright.pipeline.negative_findings import negative_findings, partner_findings
from tunewright.recipe import Data
from tunewright.tasks.embed import Embed
from tunewright.tasks.similarity import Similarity

HEADER = "t,p,n\n"
INPUTS = {"text": "t", "pair": "p", "negative": "n"}


def asked(**changes: Any) -> Data:
    return Data.model_validate({"train": "t.csv", "inputs": INPUTS} | changes)


def train(here: Path, lines: list[str], limit: int = 16) -> Any:
    path = here / "t.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    table = read(path, role="train")
    inputs = TextPairNegativeInput(text="t", pair="p", negative="n")
    encoded = inputs.encode(table.columns, tiny_tokenizer(), limit, apart=True)

    class Rows(SimpleNamespace):
        def __len__(self) -> int:
            return len(table)

    return Rows(table=table, encoded=encoded)


def test_each_kind_is_counted_and_placed(tmp_path: Path) -> None:
    """Danger: a wrong partner that is right unlearns what the row teaches, and nobody is told which row it is."""
    rows = [
        "good film,a plot,bad",
        "good film,the plot,a plot",
        "bad film,good,",
        "bad,film,bad",
        "a,the,b b b b b b b b",
    ]
    found = {one.code: one for one in negative_findings(train(tmp_path, rows, 6), asked())}
    assert found.keys() == {"no_negative", "right_negative", "long_negative"}
    assert [place.line for place in found["no_negative"].places] == [4]
    assert [place.line for place in found["right_negative"].places] == [3, 5]
    assert [place.line for place in found["long_negative"].places] == [6]
    assert found["no_negative"].severity == "info" and found["right_negative"].severity == "warning"
    assert {code: one.title for code, one in found.items()} == {
        "no_negative": "1 row of 5 in training names no text that is wrong",
        "right_negative": "2 rows name a text as wrong that is right",
        "long_negative": "1 row names a text as wrong that is longer than the limit; its end is lost",
    }
    assert all(one.count == len(one.places) and one.harm and one.advice for one in found.values())


def test_long_rows_that_are_refused_are_refused_here_too(tmp_path: Path) -> None:
    """Danger: data.on_long=error lets a cut text pass because it is the third one."""
    (found,) = negative_findings(train(tmp_path, ["a,the," + "b " * 9], 6), asked(on_long="error"))
    assert (found.code, found.severity) == ("long_negative", "error")


def test_pairs_alone_have_nothing_to_say(tmp_path: Path) -> None:
    """Danger: a finding about a column that the recipe does not name."""
    rows = train(tmp_path, ["a,b,c"])
    rows.encoded = TextPairNegativeInput(text="t", pair="p", negative="n").encode(
        rows.table.columns, tiny_tokenizer(), 16
    )
    assert negative_findings(rows, asked(inputs={"text": "t", "pair": "p"})) == []


def test_more_than_are_read_are_counted(tmp_path: Path) -> None:
    """Danger: a row with hundreds of wrong partners is one micro-batch that no memory holds; or what is left out of it
    is left out in silence."""
    path = tmp_path / "t.jsonl"
    lists = [["bad"] * 3, ["bad", "", "b", "good film", "the plot"], "bad"]
    path.write_text("\n".join(json.dumps({"t": "good", "p": "a", "n": one}) for one in lists) + "\n", encoding="utf-8")
    table, inputs = read(path, role="train"), TextPairNegativeInput(text="t", pair="p", negative="n", most_negatives=3)
    encoded = inputs.encode(table.columns, tiny_tokenizer(), 16, apart=True)
    assert encoded.picks is not None and encoded.picks.shape == (3, 3)
    rows = Split("train", table, encoded, None)
    (found,) = negative_findings(rows, asked(inputs=inputs.model_dump()))
    assert (found.code, found.severity, found.count) == ("many_negatives", "warning", 1)
    assert [place.line for place in found.places] == [2]
    assert found.title.startswith("1 row names more than 3 texts as wrong; 1 beyond the first 3 ")
    assert "most_negatives to 4 (longest list: 4)" in found.advice and "Split" not in found.advice


@pytest.mark.parametrize(("most", "raises"), [(16, True), (256, False)])
def test_advice_on_long_lists_can_be_followed(tmp_path: Path, most: int, raises: bool) -> None:
    """Danger: the audit advises a bound that the recipe refuses."""
    inputs = TextPairNegativeInput(text="t", pair="p", negative="n", most_negatives=most)
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"t": "good", "p": "a", "n": ["bad"] * 500}) + "\n", encoding="utf-8")
    table = read(path, role="train")
    encoded = inputs.encode(table.columns, tiny_tokenizer(), 16, apart=True)
    found = negative_findings(Split("train", table, encoded, None), asked(inputs=inputs.model_dump()))
    advice = next(one.advice for one in found if one.code == "many_negatives")
    assert ("most_negatives to 256 (longest list: 500)" in advice) is raises
    assert "Split lists of more than 256 over several rows" in advice


def test_a_column_that_names_nothing_is_worth_a_warning(tmp_path: Path) -> None:
    """Danger: the wrong column is named, nothing is learned from it, and the audit says that nothing needs doing."""
    (found,) = negative_findings(train(tmp_path, ["a,the,", "good,film,"]), asked())
    assert (found.code, found.severity, found.count) == ("no_negative", "warning", 2)


def test_texts_that_all_belong_together_teach_nothing(tmp_path: Path) -> None:
    """Danger: every second text is the same, the loss is 0 from the first step, and the run ends as a success."""
    alike, apart = ["a,film,", "good,film,", "bad,film,"], ["a,film,", "good,plot,"]
    (found,) = partner_findings(train(tmp_path, alike), Embed())
    assert (found.code, found.severity) == ("one_partner", "error")
    assert found.title == "All 3 training rows have the same second text"
    (found,) = partner_findings(train(tmp_path, ["film,a,", "film,good,"]), Embed())
    assert "the same first text" in found.title
    (found,) = partner_findings(train(tmp_path, ["film,a,"]), Embed())
    assert found.title.startswith("There is 1 training row, and none ")
    assert partner_findings(train(tmp_path, apart), Embed()) == []
    assert partner_findings(train(tmp_path, ["a,film,plot", "good,film,"]), Embed()) == []
    assert partner_findings(train(tmp_path, alike), Similarity()) == []
