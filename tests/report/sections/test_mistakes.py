"""The rows that are most wrong."""

from __future__ import annotations

from tunewright.records import Mistake, write_record
from tunewright.report.evidence import gather
from tunewright.report.sections.mistakes import mistakes


def test_where_to_look(factory):
    """File and line let a person mend the label in a minute."""
    body = mistakes(gather(factory.run())).body
    assert "<code><bdi>data/reviews.csv:41</bdi></code>" in body
    assert "99.0%" in body
    assert "think of that before you pass the page on" in body
    assert "38 more" in body
    assert body.count('<th scope="row">') == 50


def test_numbers_have_errors(factory):
    """An absolute error of 3.12 is not a probability of 312%."""
    body = mistakes(gather(factory.run(task="regress"))).body
    assert ">3.12</td>" in body
    assert "Absolute error" in body
    assert "<details>" not in body


def test_rows_without_label_and_endless_texts(factory):
    """A multilabel row may have no label at all; an empty cell would look like a fault of the page."""
    folder = factory.run()
    rows = (Mistake(file="a", line=1, text="x" * 500, truth="", predicted="", score=0.5),)
    write_record(folder.evaluation("quality"), gather(folder).quality.model_copy(update={"mistakes": rows}))
    body = mistakes(gather(folder)).body
    assert body.count("no label") == 2
    assert "x" * 299 + "…" in body
    write_record(folder.evaluation("quality"), gather(folder).quality.model_copy(update={"mistakes": ()}))
    assert mistakes(gather(folder)).body is None
