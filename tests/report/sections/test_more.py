"""Probes without a picture of their own."""

from __future__ import annotations

import json

from tunewright.report.evidence import gather
from tunewright.report.sections.more import more


def test_a_third_partys_probe_is_shown(factory):
    """Who measures fairness with a package of his own must find it in the report."""
    folder = factory.run()
    values = {
        "gap": 0.0712,
        "groups": 12_000,
        "fair": False,
        "by": "<region>",
        "empty": "",
        "table": [1, 2],
        "none": None,
    }
    folder.evaluation("group_fairness").write_text(json.dumps(values), encoding="utf-8")
    body = more(gather(folder)).body
    assert "<h3><bdi>group fairness</bdi></h3>" in body
    for words in ("0.07120", "12,000", "no</bdi>", "&lt;region&gt;", "evaluation/group_fairness.json"):
        assert words in body
    assert "<dt>table</dt>" not in body
    assert "<dt>empty</dt>" not in body


def test_a_huge_record_is_cut(factory):
    """A million group values belong into the file, not onto the page."""
    folder = factory.run()
    folder.evaluation("big").write_text(json.dumps({"x": ["y"] * 100_000}), encoding="utf-8")
    assert len(more(gather(folder)).body) < 60_000


def test_nothing_more(factory):
    """An empty section would only be a heading."""
    assert more(gather(factory.run())).body is None
