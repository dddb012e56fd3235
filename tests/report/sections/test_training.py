"""How training went."""

from __future__ import annotations

import json

import pytest

from tunewright.report.evidence import gather
from tunewright.report.sections.training import training


def journal(folder, events):
    folder.journal.write_text("".join(json.dumps(e) + "\n" for e in events), encoding="utf-8")
    return gather(folder)


def test_four_pictures_and_the_figures(factory):
    """Loss, metric, learning rate and gradient norm; steps, time, speed."""
    body = training(gather(factory.run())).body
    assert body.count("<svg") == 4
    for words in ("Loss over 600 steps", "Accuracy on validation rows, 9 measurements", "Highest value 0.000200"):
        assert words in body
    for words in (
        "600 in 3 epochs",
        "1.2M of 22.7M parameters (5.2%)",
        "4 min 23 s",
        "5,210 tokens/s",
        "2e-4",
        "never",
    ):
        assert words in body
    assert body.count("best: step 400") == 2


def test_a_hundred_thousand_steps_make_a_small_picture(factory):
    """The page must not grow with the run."""
    assert len(training(gather(factory.run(steps=100_000))).body) < 60_000


def test_the_metric_that_chose_the_model_is_drawn(factory):
    """Selected by loss, the loss has its picture already: the primary metric is drawn instead."""
    folder = factory.run()
    provenance = json.loads(folder.provenance.read_text(encoding="utf-8"))
    provenance["training"] |= {"selected_by": "loss", "stopped_early": True, "resumed": 2}
    folder.provenance.write_text(json.dumps(provenance), encoding="utf-8")
    body = training(gather(folder)).body
    assert "Accuracy on the validation split. The kept model is the best by training loss." in body
    assert "validation no longer improved" in body
    assert "2 times" in body


@pytest.mark.parametrize(
    ("power", "words"),
    [
        (None, "those of the best step"),
        (0.0, "the average of all steps up to the best one, all counted alike"),
        (1.0, "the average of all steps up to the best one, step t counted t times"),
        (2.5, "the average of all steps up to the best one, step t counted as t to the power 2.5"),
    ],
)
def test_averaged_weights_are_said_to_be(factory, power, words):
    """Whoever trains on from such weights, or compares them with a curve, must know that no step had them."""
    folder = factory.run()
    provenance = json.loads(folder.provenance.read_text(encoding="utf-8"))
    provenance["training"] |= {"average_power": power}
    folder.provenance.write_text(json.dumps(provenance), encoding="utf-8")
    assert words in training(gather(folder)).body


def test_a_run_that_is_still_going(factory):
    """Steps without a summary: the curves so far."""
    folder = factory.run(training=False)
    body = training(journal(folder, [{"event": "step", "step": 1, "loss": 2.0}])).body
    assert "has not finished" in body
    assert body.count("<svg") == 1
    assert "Training loss," in body


def test_nothing_but_holes(factory):
    """A run whose loss was never finite stopped by itself; its report must not crash on it."""
    folder = factory.run(training=False)
    nan = float("nan")
    events = [
        {"event": "step", "step": 1, "loss": nan},
        {"event": "validation", "step": 1, "metrics": {"accuracy": nan}},
        {"event": "note", "text": "<b>stopped</b>"},
    ]
    body = training(journal(folder, events)).body
    assert "<svg" not in body
    assert "&lt;b&gt;stopped" in body
    assert "no optimizer step" in training(journal(folder, [])).body
