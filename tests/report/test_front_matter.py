"""The YAML head of a card."""

from __future__ import annotations

import json

import pytest
import yaml as pyyaml
from ruamel.yaml import YAML

from tunewright.report.evidence import gather
from tunewright.report.front_matter import front_matter, hub_id


def parsed(folder, **options):
    text = front_matter(gather(folder), **options)
    assert text.startswith("---\n")
    assert text.endswith("\n---\n")
    body = text[4:-4]
    values = YAML(typ="safe", pure=True).load(body)
    assert values == pyyaml.safe_load(body), "readers of YAML 1.1 and 1.2 must agree"
    return values


def with_licence(folder, licence):
    values = json.loads(folder.provenance.read_text(encoding="utf-8")) | {"model_licence": licence}
    folder.provenance.write_text(json.dumps(values), encoding="utf-8")
    return folder


def test_every_field(factory):
    """The hub finds models by these fields alone."""
    values = parsed(factory.run(), languages=["no", "vi"])
    assert values["language"] == ["no", "vi"]
    assert values["library_name"] == "transformers"
    assert values["tags"] == ["tunewright", "classify", "lora"]
    assert values["base_model_relation"] == "finetune"
    assert values["metrics"] == ["accuracy", "f1", "matthews_correlation", "roc_auc"]
    result = values["model-index"][0]["results"][0]
    assert result["task"]["type"] == "text-classification"
    assert result["dataset"] == {"type": "private", "name": "reviews.csv", "split": "test"}
    assert result["metrics"][0] == {"type": "accuracy", "name": "Accuracy", "value": pytest.approx(0.914, abs=1e-3)}


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", {"license": "mit"}),
        (None, {"license": "unknown"}),
        ("My Firm's Licence 2.0", {"license": "other", "license_name": "my-firm-s-licence-2.0"}),
        ("许可", {"license": "other", "license_name": "unnamed"}),
    ],
)
def test_licences(factory, licence, expected):
    """The hub refuses identifiers that it does not know; and a model of unknown licence must not claim one."""
    values = parsed(with_licence(factory.run(), licence))
    assert {key: value for key, value in values.items() if key.startswith("license")} == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("sample://minilm", "sentence-transformers/all-MiniLM-L6-v2"),
        ("FacebookAI/xlm-roberta-base", "FacebookAI/xlm-roberta-base"),
        ("bert-base-uncased", "bert-base-uncased"),
        ("./local/model", ""),
        ("/srv/models/bert", ""),
        ("..", ""),
        ("a/b/c", ""),
        ("C:\\models\\bert", ""),
    ],
)
def test_only_hub_ids_are_base_models(factory, model, expected):
    """A local path as base_model makes the hub refuse the card, and tells the world where a team keeps its files."""
    folder = factory.run(model=model)
    assert hub_id(gather(folder)) == expected
    assert parsed(folder).get("base_model", "") == expected


def test_a_folder_with_a_hub_like_name_is_local(factory):
    """`models/bert` may be an id or a folder: what exists beside the run is a folder."""
    (factory.root / "models" / "bert").mkdir(parents=True)
    assert hub_id(gather(factory.run(model="models/bert"))) == ""


def test_hostile_names_stay_values(factory, hostile):
    """A run's name could otherwise add fields of its own."""
    values = parsed(factory.run(name='x"\nlicense: mit', model=hostile[0]))
    assert values["model-index"][0]["name"] == 'x" license: mit'
    assert values["license"] == "apache-2.0"


def test_figures_that_are_not_finite_are_left_out(factory):
    """`.nan` is no number for the hub's JSON."""
    folder = factory.run()
    values = json.loads(folder.evaluation("quality").read_text(encoding="utf-8"))
    for metric in values["metrics"]:
        metric["value"] = "NaN"
    folder.evaluation("quality").write_text(json.dumps(values), encoding="utf-8")
    assert "model-index" not in parsed(folder)
    folder.evaluation("quality").unlink()
    assert "model-index" not in parsed(folder)


def test_data_from_the_hub_is_named(factory):
    """Public data is worth naming, a private path is not."""
    recipe = "model: m\ndata: {train: hub://org/set, inputs: {text: a}, target: b}\n"
    dataset = parsed(factory.run(recipe=recipe))["model-index"][0]["results"][0]["dataset"]
    assert (dataset["type"], dataset["name"]) == ("org/set", "set")
    dataset = parsed(factory.run(name="b", recipe="model: m\n"))["model-index"][0]["results"][0]["dataset"]
    assert (dataset["type"], dataset["name"]) == ("private", "unnamed")
