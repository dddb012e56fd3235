"""What a verdict does not say by itself."""

from __future__ import annotations

import json

import pytest

from tunewright.records import Finding
from tunewright.report import model_card, summary
from tunewright.report.cautions import cautions
from tunewright.report.evidence import gather
from tunewright.report.page import page
from tunewright.report.terminal import plain_text
from tunewright.report.verdict import verdict

UNKNOWN = Finding(
    code="unknown_tokens", severity="warning", title="77% of all tokens are unknown to this model's tokenizer",
    count=9, harm="The model cannot tell these pieces of text apart.", advice="Choose a multilingual model.",
)  # fmt: skip


def validated(folder, *values, name="accuracy", best=None):
    """The same run with these validations, the last one after its last step."""
    steps = [600 // len(values) * (n + 1) for n in range(len(values))]
    lines = [json.dumps({"event": "step", "step": step, "loss": 1.0}) for step in steps]
    for n, (step, value) in enumerate(zip(steps, values, strict=True)):
        is_best = n in best if best is not None else value == max(values[: n + 1])
        lines.append(json.dumps({"event": "validation", "step": step, "metrics": {name: value}, "best": is_best}))
    folder.journal.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_run_that_ended_too_soon_says_so(factory):
    """A team throws away a model that only needed two more epochs."""
    (said,) = cautions(gather(validated(factory.run(best=600), 0.6, 0.7, 0.8)))
    assert "accuracy on the validation rows was still getting better (70.0% to 80.0% at the last of 3" in said
    assert said.endswith("Try training.epochs=6 output=runs/another.")


@pytest.mark.parametrize("values", [(0.8,), (0.6, 0.8, 0.8), (0.6, 0.8, 0.7), (0.6, 0.8, 0.801)])
def test_a_run_that_has_come_to_rest_does_not(factory, values):
    """Nor one that was validated once, of which nobody knows."""
    best = 600 if values[-1] == max(values) and values.count(max(values)) == 1 else 400
    assert cautions(gather(validated(factory.run(best=best), *values))) == ()


def test_a_run_of_few_steps_is_told_the_field_that_cut_it_short(factory):
    """Twice the epochs would still be 600 steps; and a limit that was set for a trial is easily forgotten."""
    recipe = "model: m\ndata: {train: a.csv, inputs: {text: t}, target: y}\ntraining: {epochs: 10, max_steps: 600}\n"
    (said,) = cautions(gather(validated(factory.run(best=600, recipe=recipe), 0.6, 0.7, 0.8)))
    assert said.startswith("Training was ended by training.max_steps after 600 steps, 3 of 10 epochs")
    recipe = recipe.replace("epochs: 10", "epochs: 3")
    assert "max_steps" not in " ".join(cautions(gather(factory.run(recipe=recipe)))), "it changed nothing"


def test_a_model_that_cannot_read_the_texts(factory):
    """Among twenty findings it is overlooked, and the verdict above them says `worse` without a reason."""
    (said,) = cautions(gather(factory.run(findings=(UNKNOWN,))))
    assert said.startswith("77% of all tokens are unknown") and said.endswith("Choose a multilingual model.")


def test_cautions_stand_where_the_verdict_stands(factory):
    """In the terminal, on the page and on the card: people read one of them."""
    folder = validated(factory.run(best=600, findings=(UNKNOWN,)), 0.6, 0.7, 0.8)
    evidence = gather(folder)
    assert len(verdict(evidence).cautions) == 2
    for shown in (plain_text(summary(folder)), page(evidence), model_card(folder)):
        assert shown.count("Caution:") == 2
        assert "77% of all tokens are unknown" in shown and "training.epochs=6" in shown
