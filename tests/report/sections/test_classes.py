"""Quality by class."""

from __future__ import annotations

import math
import re

from tunewright.records import ClassQuality, write_record
from tunewright.report.evidence import gather
from tunewright.report.sections.classes import classes


def labels(body: str) -> list[str]:
    return re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', body)


def with_classes(folder, f1s):
    made = tuple(
        ClassQuality(label=f"c{i}", precision=f, recall=f, f1=f, low=0.0, high=0.0, support=i)
        for i, f in enumerate(f1s)
    )
    text = gather(folder).quality.model_copy(update={"classes": made}).model_dump_json()
    folder.evaluation("quality").write_text(text, encoding="utf-8")
    return gather(folder)


def test_the_weakest_first(factory):
    """A class that is never found is what a reader must see, even if its F1 is not defined."""
    body = classes(with_classes(factory.run(), [0.9, 0.2, math.nan, 0.5])).body
    assert labels(body) == ["c2", "c1", "c3", "c0"]
    assert "n/a" in body
    assert "0.0 to 0.0%" not in body


def test_many_classes_fold(factory):
    """77 rows push everything else out of sight."""
    body = classes(gather(factory.run(labels=[f"c{i}" for i in range(77)], n=3000))).body
    assert len(labels(body.split("<details>")[0])) == 12
    assert len(labels(body)) == 77
    assert "The other 65 classes" in body


def test_thousands_are_cut(factory):
    """And the cut is told."""
    body = classes(with_classes(factory.run(), [i / 1000 for i in range(1000)])).body
    assert len(labels(body)) == 400
    assert "600 classes with a higher F1" in body


def test_without_classes(factory):
    """A regression has none; the section is left out."""
    assert classes(gather(factory.run(task="regress"))).body is None
    folder = factory.run(name="b")
    quality = gather(folder).quality.model_copy(update={"classes": ()})
    write_record(folder.evaluation("quality"), quality)
    assert classes(gather(folder)).body is None
