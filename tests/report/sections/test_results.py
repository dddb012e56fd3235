"""Quality in figures."""

from __future__ import annotations

import re

from tunewright.records import Metric, Quality, write_record
from tunewright.report.evidence import gather
from tunewright.report.sections.results import results


def rows(body: str) -> list[list[str]]:
    """The table's cells as plain text."""
    table = body[body.index("<tbody>") :]
    lines = re.findall(r"<tr>(.*?)</tr>", table)
    return [
        [re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r)] for r in lines
    ]


def test_every_value_under_its_model(factory):
    """Columns are ordered by quality, rows by record: a swap would give one model the other's figures."""
    body = results(gather(factory.run())).body
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', body)
    assert heads == [
        "Metric", "Tuned model", "Frozen model + linear head", "TF-IDF + linear model", "Constant answer", "Intervals",
    ]  # fmt: skip
    first = rows(body)[0]
    assert first[:2] == ["Accuracy", "91.4% 90.1 to 92.7%"]
    assert first[4] == "19.0% 17.7 to 20.3%"
    assert [row[2] for row in rows(body) if row[0].startswith("Log loss")] == ["not measured"]
    assert "lower is better" in next(row[0] for row in rows(body) if row[0].startswith("Log loss"))


def test_pictures_say_the_same_as_the_table(factory):
    """A reader who cannot see the picture hears its figures."""
    body = results(gather(factory.run())).body
    assert "Tuned model 91.4%; Frozen model + linear head 84.3%" in body
    assert "over: frozen model + linear head +7.1 points" in body
    assert "Constant answer +60" not in body, "the trivial baseline would press the real contest into a corner"
    assert "points better" in body


def test_errors(factory):
    """For errors the picture must say that lower is better."""
    body = results(gather(factory.run(task="regress"))).body
    assert "lower is better" in body
    assert "RMSE (in the target&#x27;s unit): how much lower" in body


def test_only_the_trivial_baseline(factory):
    """Then it is the contest."""
    folder = factory.run()
    quality = gather(folder).quality
    metrics = tuple(m for m in quality.metrics if m.model in ("tuned", "majority"))
    write_record(folder.evaluation("quality"), quality.model_copy(update={"metrics": metrics}))
    assert "over: constant answer +60.0 points" in results(gather(folder)).body


def test_validation_stands_beside_the_test(factory):
    """A validation figure far above the test's tells of luck; taken for it, it would flatter the model."""
    folder = factory.run()
    quality = gather(folder).quality
    other = Metric(name="accuracy", value=0.97, low=0.96, high=0.98, n=770, split="validation", model="tuned")
    write_record(folder.evaluation("quality"), quality.model_copy(update={"metrics": (*quality.metrics, other)}))
    body = results(gather(folder)).body
    assert "On the 770 validation rows that chose the best step, accuracy is 97.0%." in body
    assert rows(body)[0][1].startswith("91.4%")


def test_without_comparisons_or_primary(factory):
    """Half a record still gives half a section."""
    folder = factory.run()
    one = Metric(name="accuracy", value=0.5, low=0.5, high=0.5, n=9, split="test", model="tuned")
    write_record(folder.evaluation("quality"), Quality(primary="f1_macro", metrics=(one,), notes=("<b>a note</b>",)))
    body = results(gather(folder)).body
    assert "<svg" not in body
    assert "&lt;b&gt;a note" in body
    folder.evaluation("quality").unlink()
    assert "tunewright evaluate" in results(gather(folder)).body
