"""The model card: true, complete, and free of the team's data."""

from __future__ import annotations

import json
import re

import pytest
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from tunewright.records import Finding, write_record
from tunewright.report import model_card, write_model_card
from tunewright.report.evidence import gather


def test_the_hub_can_read_it(factory):
    """A front matter that the hub refuses blocks the upload at the last minute."""
    folder = factory.run()
    path = write_model_card(folder)
    assert path == folder.model / "README.md"
    card = ModelCard(path.read_text(encoding="utf-8"))
    assert card.data.license == "apache-2.0"
    assert card.data.base_model == "sentence-transformers/all-MiniLM-L6-v2"
    assert card.data.pipeline_tag == "text-classification"
    results = {result.metric_name: result for result in card.data.eval_results}
    assert results["Accuracy"].metric_value == pytest.approx(0.914, abs=1e-3)
    assert results["Accuracy"].dataset_split == "test"


def test_everything_that_a_reader_needs(factory):
    """A card without baselines, intervals or limits is an advertisement."""
    text = model_card(factory.run())
    for heading in ("Intended use", "Training data", "Results", "Limits", "How to load it", "How it was made"):
        assert f"\n## {heading}\n" in text
    assert "**Better than the best baseline.** Accuracy 91.4% on 1,540 rows" in text
    assert "| Accuracy | 91.4% (90.1 to 92.7%) | 84.3% (83.0 to 85.6%)" in text
    assert "| Frozen model + linear head | +7.1 points | +5.0 to +9.2 |" in text
    assert "Warning: 12 rows repeat a text with another label" in text
    assert "bf16 on A made-up CPU" in text
    assert "torch 2.13.0" in text


def test_no_row_of_the_data_leaves_with_the_model(factory):
    """Cards are published: a customer's message or a path of the team's machine must not be in them."""
    folder = factory.run(path="/home/somebody/secret/reviews.csv")
    quality = gather(folder).quality
    mistakes = tuple(m.model_copy(update={"text": "call me on 555 0199"}) for m in quality.mistakes)
    write_record(folder.evaluation("quality"), quality.model_copy(update={"mistakes": mistakes}))
    text = model_card(folder)
    assert "555" not in text
    assert "secret" not in text


def test_hostile_labels_stay_text(factory, hostile):
    """The hub renders Markdown with HTML in it."""
    finding = Finding(code="x", severity="error", title=hostile[0] + hostile[7] + " http://evil.example @team", count=1)
    text = model_card(factory.run(labels=hostile, findings=(finding,), name="a <b>"))
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text.split("\n---\n", 1)[1])
    elements = set(re.findall(r"<(\w+)", page))
    allowed = "h1 h2 p ul li code pre strong table thead tbody tr th td"
    assert elements <= set(allowed.split())
    assert "http://evil" not in text.split("\n---\n", 1)[1].replace("//evil.example>`", "")
    assert " @team" not in text


@pytest.mark.parametrize(
    ("task", "words"), [("regress", "gives each text a number"), ("multilabel", "any number of 8 labels")]
)
def test_other_tasks(factory, task, words):
    """The first sentence must not promise classes where there are none."""
    assert words in model_card(factory.run(task=task))


def test_an_unfinished_run(factory):
    """A card of a run without measurements says so instead of failing after hours of training."""
    folder = factory.run(training=False)
    for path in (folder.audit, folder.evaluation("quality"), folder.evaluation("latency"), folder.evaluation("memory")):
        path.unlink()
    text = model_card(folder)
    assert "Training has not finished" in text
    assert "No audit of the data was kept" in text
    folder.provenance.unlink()
    assert "No provenance was kept" in model_card(folder)


def test_a_third_task_is_named(factory):
    """A task of another package still gets a card."""
    folder = factory.run()
    audit = json.loads(folder.audit.read_text(encoding="utf-8")) | {"task": "rank", "classes": [], "findings": []}
    folder.audit.write_text(json.dumps(audit), encoding="utf-8")
    text = model_card(folder)
    assert "trained for the task `rank`" in text
    assert "It predicts `department`" in text
    assert "found nothing wrong" in text


def test_many_labels_are_cut_and_the_target_can_be_elsewhere(factory, tmp_path):
    """Five hundred labels in one line help nobody; a pipeline may write the card beside an export."""
    folder = factory.run(labels=[f"class {i}" for i in range(500)])
    path = write_model_card(folder, tmp_path / "out" / "README.md", languages=("zh", "vi"))
    text = path.read_text(encoding="utf-8")
    assert "and 450 more" in text
    assert ModelCard(text).data.language == ["zh", "vi"]


def test_averaged_weights_are_named(factory):
    """Whoever goes on training from an average must know that no step of the run had these weights."""
    folder = factory.run()
    assert "average" not in model_card(folder)
    provenance = json.loads(folder.provenance.read_text(encoding="utf-8"))
    provenance["training"] |= {"average_power": 1.0}
    folder.provenance.write_text(json.dumps(provenance), encoding="utf-8")
    assert "the average of those of all steps up to that one" in model_card(folder)
