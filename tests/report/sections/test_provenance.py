"""Where a model came from."""

from __future__ import annotations

import json

from tunewright.report.evidence import gather
from tunewright.report.sections.provenance import provenance


def test_enough_to_make_it_again(factory):
    """Seed, versions, fingerprints, command, recipe: without one of them a result cannot be repeated."""
    body = provenance(gather(factory.run())).body
    for words in (
        "sample://minilm", "a1" * 32, "apache-2.0", "bf16 is 4.6 times as fast", "<dd>0</dd>", "2026-11-03T09:12:44Z",
        "tunewright train reviews.yaml training.epochs=3", "The token budget was halved", "3f" * 32, "5.23.0",
        "learning_rate: 2e-4",
    ):  # fmt: skip
        assert words in body, words


def test_hostile_commands_and_recipes(factory, hostile):
    """Both are free text; the recipe keeps its lines."""
    folder = factory.run(recipe="model: m\n# </code></pre><script>x</script>\n")
    values = json.loads(folder.provenance.read_text(encoding="utf-8"))
    values |= {"command": ["tunewright", *hostile[:4]], "model_licence": None, "finished": None, "data_sha256": {}}
    values["packages"] = {}
    folder.provenance.write_text(json.dumps(values), encoding="utf-8")
    body = provenance(gather(folder)).body
    assert "<script" not in body
    assert "model: m\n# &lt;/code&gt;" in body
    assert "not stated" in body
    assert "not yet" in body
    assert "Packages" not in body


def test_without_a_record(factory):
    """The recipe is still there."""
    folder = factory.run()
    folder.provenance.unlink()
    body = provenance(gather(folder)).body
    assert "no provenance" in body
    assert "learning_rate" in body
