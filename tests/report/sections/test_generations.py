"""Sample answers on the page."""

from __future__ import annotations

import json

from tunewright.report.evidence import gather
from tunewright.report.sections.generations import generations
from tunewright.report.sections.more import more

SAMPLE = {"file": "a.jsonl", "line": 3, "prompt": "why <b>?", "reference": "because", "before": "", "after": "so"}


def test_before_and_after_stand_beside_the_data(factory):
    """Danger: the one thing that people look at in a language model is missing, or runs as HTML."""
    folder = factory.run()
    folder.evaluation("generate").write_text(json.dumps({"samples": [SAMPLE]}), encoding="utf-8")
    body = generations(gather(folder)).body
    assert all(word in body for word in ("why &lt;b&gt;?", "because", "nothing", "so", "text from your data"))
    assert more(gather(folder)).body is None, "shown twice"


def test_nothing_was_written(factory):
    """Danger: an empty heading, or a page that cannot be drawn because of one damaged record."""
    folder = factory.run()
    assert generations(gather(folder)).body is None
    folder.evaluation("generate").write_text(json.dumps({"samples": [{"file": 1}]}), encoding="utf-8")
    assert generations(gather(folder)).body is None
