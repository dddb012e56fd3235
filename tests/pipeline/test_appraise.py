"""Every probe of a recipe is asked once, about the right model and rows, and leaves its record."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from tiny_runs import Watcher

from tunewright.evaluation import Probe, Subject
from tunewright.pipeline.appraise import appraise
from tunewright.records import Record, RunFolder, read_json


class Seen(Record):
    """What the probe below was shown."""

    rows: int
    split: str
    training: bool
    peak: int | None


class Look(Probe):
    """Remembers its subject."""

    kind: Literal["look"] = "look"
    """Which probe this is."""

    def measure(self, subject: Subject) -> Seen:
        looked.append(subject)
        subject.report_progress("looking")
        return Seen(
            rows=len(subject.measured),
            split=subject.measured.name,
            training=subject.model.training,
            peak=subject.training_peak_bytes,
        )


looked: list[Subject] = []


@pytest.fixture
def appraised(prepared, runs, tmp_path):
    looked.clear()
    run, watcher = runs("full"), Watcher()
    appraise(
        run.model.train(),
        run.space,
        prepared("full"),
        RunFolder(tmp_path),
        [Look()],
        device=torch.device("cpu"),
        precision="fp32",
        training_peak_bytes=17,
        observer=watcher,
    )
    return watcher


def test_a_probe_leaves_its_record_under_its_name(appraised, tmp_path):
    """The report finds records by the probe's name alone. Dropout must be off, and figures are about the test rows."""
    assert read_json(tmp_path / "evaluation" / "look.json") == {
        "rows": 24,
        "split": "test",
        "training": False,
        "peak": 17,
    }
    assert appraised.phases == ["Measuring look", "looking"]


def test_the_pretrained_model_is_fresh_at_every_call(appraised):
    """A baseline that probes the tuned weights would look as good as the tuning."""
    first, second = looked[0].pretrained(), looked[0].pretrained()
    assert first is not second
    assert not first.training
    tuned = looked[0].model.bert.embeddings.word_embeddings.weight
    assert not torch.equal(first.embeddings.word_embeddings.weight, tuned)
