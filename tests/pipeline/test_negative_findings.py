"""What the audit says of texts that are named as wrong."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tiny_models import tiny_tokenizer

from tunewright.data.reading import read
from tunewright.inputs.text_pair_negative import TextPairNegativeInput
from tunewright.pipeline.negative_findings import negative_findings

HEADER = "t,p,n\n"


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
    found = {one.code: one for one in negative_findings(train(tmp_path, rows, 6), "cut")}
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
    (found,) = negative_findings(train(tmp_path, ["a,the," + "b " * 9], 6), "error")
    assert (found.code, found.severity) == ("long_negative", "error")


def test_pairs_alone_have_nothing_to_say(tmp_path: Path) -> None:
    """Danger: a finding about a column that the recipe does not name."""
    rows = train(tmp_path, ["a,b,c"])
    rows.encoded = TextPairNegativeInput(text="t", pair="p", negative="n").encode(
        rows.table.columns, tiny_tokenizer(), 16
    )
    assert negative_findings(rows, "cut") == []
