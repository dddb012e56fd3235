"""The record of sample answers."""

from __future__ import annotations

import json

from tunewright.records import Generation, Generations


def test_they_come_back():
    """Danger: an answer that cannot be read again is lost for the report."""
    one = Generation(file="a.jsonl", line=3, prompt="q", reference="a", before="", after="你好")
    found = Generations(samples=(one,))
    assert Generations.model_validate(json.loads(found.model_dump_json())) == found
