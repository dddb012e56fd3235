"""From the best weights to the folders that are handed over."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from peft import PeftModel
from tiny_runs import review_columns, verified_in_process
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tunewright.pipeline import train
from tunewright.records import Verification, read_record

TEXTS = review_columns(rows=12, seed=3)["review"]


def logits(model, tokenizer) -> np.ndarray:
    with torch.inference_mode():
        return np.stack([model(**tokenizer(text, return_tensors="pt")).logits[0].numpy() for text in TEXTS])


def test_the_adapter_alone_does_what_the_merged_model_does(runs):
    """People put adapters beside a base model of their own; a head that was left out would be random there."""
    folder = runs("lora").folder
    tokenizer = AutoTokenizer.from_pretrained(folder.model)
    merged = AutoModelForSequenceClassification.from_pretrained(folder.model).eval()
    base = AutoModelForSequenceClassification.from_pretrained(runs.folder / "tiny", num_labels=2)
    adapted = PeftModel.from_pretrained(base, folder.adapter).eval()
    assert np.abs(logits(adapted, tokenizer) - logits(merged, tokenizer)).max() < 1e-4
    assert sorted(path.name for path in folder.adapter.glob("*.safetensors")) == ["adapter_model.safetensors"]


def test_a_method_that_adds_nothing_leaves_no_adapter(runs):
    """An empty folder would look like one that lost its file."""
    assert not runs("full").folder.adapter.exists()


def test_the_configuration_names_the_labels_and_nothing_of_training(runs):
    """Label order and problem type are all that plain transformers knows of the task."""
    config = json.loads((runs("full").folder.model / "config.json").read_text(encoding="utf-8"))
    assert config["id2label"] == {"0": "angry", "1": "happy"}
    assert config["label2id"] == {"angry": 0, "happy": 1}
    assert config["problem_type"] == "single_label_classification"
    assert str(runs.folder) not in json.dumps(config), "the path of a home directory is nobody's business"


@pytest.mark.parametrize("method", ["full", {"kind": "lora", "rank": 4}, {"kind": "freeze", "layers": 2}])
def test_a_number_comes_out_in_its_own_unit(placed, method):
    """Trained on standardised targets: unfolded, or folded into the wrong layer, 4.5 stars come out as 0.9."""
    recipe = placed(task="regress", data__target="stars", method=method, training__max_steps=2)
    with verified_in_process():
        run = train(recipe)
    values = [prediction.value for prediction in run.predict(TEXTS)]
    assert 2.0 < float(np.mean(values)) < 4.0, "the mean of the stars is 3"
    checks = read_record(run.folder.verification, Verification).checks
    assert all(check.passed for check in checks)
