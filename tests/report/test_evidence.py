"""What a run left behind, gathered even when half of it is missing."""

from __future__ import annotations

import json

import pytest

from tunewright.errors import UserError
from tunewright.records import RunFolder
from tunewright.report.evidence import gather


def test_everything_is_read(factory):
    """A record that is there but not read would be told as not measured."""
    evidence = gather(factory.run())
    assert None not in (
        evidence.audit, evidence.quality, evidence.latency, evidence.memory, evidence.verification, evidence.provenance,
    )  # fmt: skip
    assert evidence.troubles == ()
    assert (evidence.name, evidence.task, evidence.method) == ("reviews", "classify", "lora")
    assert (evidence.source, evidence.split) == ("sample://minilm", "test")
    assert evidence.inputs == {"text": ("review",)}
    assert len(evidence.curves.steps) == 600


def test_a_folder_without_a_run_is_refused(tmp_path):
    """Else a mistyped path would get an empty report of its own."""
    with pytest.raises(UserError, match="no run"):
        gather(RunFolder(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()


def test_damaged_and_older_records_are_told(factory):
    """A damaged record must neither stop the report nor vanish without a word."""
    folder = factory.run()
    folder.evaluation("latency").write_text("{", encoding="utf-8")
    older = json.loads(folder.evaluation("memory").read_text(encoding="utf-8"))
    del older["disk_bytes"]
    folder.evaluation("memory").write_text(json.dumps(older), encoding="utf-8")
    folder.evaluation("fairness").write_text("[]", encoding="utf-8")
    folder.recipe.write_text("a: [", encoding="utf-8")
    evidence = gather(folder)
    assert evidence.latency is None
    assert evidence.memory is None
    assert len(evidence.troubles) == 4
    assert all(str(folder.path) not in trouble for trouble in evidence.troubles[1:])


def test_only_a_recipe(factory):
    """A run that was just started has nothing but its recipe."""
    folder = RunFolder(factory.root / "new")
    folder.path.mkdir()
    folder.recipe.write_text(
        "model: m\ntask: regress\ndata: {inputs: {kind: text+pair, text: [a, b], pair: c}}\n", encoding="utf-8"
    )
    evidence = gather(folder)
    assert (evidence.task, evidence.method, evidence.source, evidence.split) == ("regress", "", "m", "")
    assert evidence.inputs == {"text": ("a", "b"), "pair": ("c",)}


def test_inputs_come_from_the_audit_when_the_recipe_is_unreadable(factory):
    """The card's example must name the right columns."""
    folder = factory.run(column="comment")
    folder.recipe.write_text("{", encoding="utf-8")
    assert gather(folder).inputs == {"text": ("comment",)}


def test_unknown_probes_are_kept(factory):
    """A third party's probe must not be lost only because there is no picture for it."""
    folder = factory.run()
    folder.evaluation("calibration").write_text('{"ece": 0.02}', encoding="utf-8")
    assert gather(folder).others == {"calibration": {"ece": 0.02}}
