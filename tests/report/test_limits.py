"""Limits are read from the records."""

from __future__ import annotations

import json

from tunewright.records import ClassQuality, RunFolder, write_record
from tunewright.report.evidence import gather
from tunewright.report.limits import limits


def test_limits_of_a_good_run(factory):
    """A reader must learn which classes were hardly taught and what is cut."""
    found = " ".join(limits(gather(factory.run())))
    assert "fewer than 30 rows: `other`" in found
    assert "Only the first 256 tokens of an input are read. In its data this concerned 96 rows." in found
    assert "Not measured: fairness, robustness." in found
    assert "another seed" in found


def test_limits_of_a_bad_one(factory):
    """The gravest comes first: a model that failed its verification is of no use at all."""
    folder = factory.run(passed=False, split="validation", labels=[f"c{i}" for i in range(60)])
    quality = gather(folder).quality
    weak = tuple(
        ClassQuality(label=f"c{i}", precision=0.1, recall=0.1, f1=0.1, low=0.0, high=0.2, support=9) for i in range(12)
    )
    write_record(folder.evaluation("quality"), quality.model_copy(update={"classes": weak}))
    audit = json.loads(folder.audit.read_text(encoding="utf-8"))
    audit["lengths"] |= {"unknown_tokens": 54_000, "over_limit": 0}
    folder.audit.write_text(json.dumps(audit), encoding="utf-8")
    folder.evaluation("fairness").write_text("{}", encoding="utf-8")
    found = limits(gather(folder))
    assert "failed its verification" in found[0]
    assert "validation rows, not on rows kept apart" in found[1]
    assert "`c0` (10.0% on 9 rows)" in found[2]
    assert found[2].endswith("and 2 more.")
    assert any("10.0% of the tokens in its data are unknown" in limit for limit in found)
    assert any("Not measured: robustness." in limit for limit in found)


def test_limits_without_records(factory):
    """Knowing nothing must not read as having no limits."""
    folder = RunFolder(factory.root / "new")
    folder.path.mkdir()
    folder.recipe.write_text("model: m\n", encoding="utf-8")
    found = limits(gather(folder))
    assert "Not measured: fairness, robustness, calibration." in found
