"""What was found in the data."""

from __future__ import annotations

import re

from tunewright.records import Finding, Place, SourceFile, write_record
from tunewright.report.evidence import gather
from tunewright.report.sections.audit import audit


def changed(folder, **changes):
    write_record(folder.audit, gather(folder).audit.model_copy(update=changes))
    return audit(gather(folder)).body


def test_everything_is_there(factory):
    """Files as they were read, splits, classes, lengths, findings with the way out."""
    body = audit(gather(factory.run())).body
    for words in (
        "Learns <b><bdi>department</bdi></b> from <b><bdi>review</bdi></b>.", "semicolon", "detected", "1.84 MB",
        "10% of data/reviews.csv", "8 classes, from 26 to 2,390 training rows each.", "limit: 256",
        "96 rows are longer than the limit of 256 tokens", "2,160 tokens (0.4%)", "310 tokens (0.1%)",
        "What to do: ", "Look at these rows and keep one label", "data/reviews.csv:812 (same as data/reviews.csv:40 )",
        "and 76 more",
    ):  # fmt: skip
        assert words in body
    assert body.index("Warning") < body.index(">Note<")


def test_no_findings_is_said(factory):
    """Silence could mean that nobody looked."""
    assert "Nothing was found to be wrong" in changed(factory.run(), findings=())


def test_a_flood_of_findings_is_cut(factory):
    """With the count of what is left."""
    many = tuple(
        Finding(code="x", severity="info", title=f"t{i}", count=1, places=(Place(file="f", line=1),)) for i in range(70)
    )
    body = changed(factory.run(), findings=many)
    assert body.count('class="badge plain"') == 60
    assert "10 more findings" in body
    assert "Where (1)" in body


def test_many_classes_show_both_ends(factory):
    """The rare end is where the danger is."""
    body = audit(gather(factory.run(labels=[f"c{i}" for i in range(77)], n=3000))).body
    assert "… 53 more classes …" in body
    assert len(re.findall(r"<bdi>c\d+</bdi>", body)) == 24
    assert "<bdi>c76</bdi>" in body


def test_numeric_targets(factory):
    """A histogram instead of classes."""
    body = audit(gather(factory.run(task="regress"))).body
    assert "The target&#x27;s values in the training split." in body
    assert "Training rows</th>" not in body


def test_old_and_empty_records(factory):
    """Lengths may be unmeasured, broken or missing; a parquet file has no encoding."""
    folder = factory.run()
    record = gather(folder).audit
    file = SourceFile(
        path="a.parquet", sha256="0" * 64, bytes=1, format="parquet", encoding="", encoding_detected=False,
        delimiter="", rows=1, columns=(), role="train",
    )  # fmt: skip
    named = file.model_copy(update={"encoding": "gb18030"})
    body = changed(
        folder, lengths=record.lengths.model_copy(update={"edges": ()}), files=(file, named) * 60, inputs={"pair": "b"}
    )
    assert "binary" in body
    assert "from the recipe" in body
    assert "20 more files" in body
    assert "b (second text)" in body
    assert "limit: 256" not in body
    assert "<figure>" not in changed(folder, lengths=None)
    folder.audit.unlink()
    assert "holds no audit" in audit(gather(folder)).body
