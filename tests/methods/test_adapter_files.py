"""An adapter by itself: on its base again, and on nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import shared_model_folder, tiny_model_folder
from tiny_writers import shared_writer_folder
from transformers import AutoModelForSeq2SeqLM, AutoModelForSequenceClassification
from trial import Trial

from tunewright.errors import UserError
from tunewright.methods import load_adapter
from tunewright.methods.adapter import Adapter
from tunewright.methods.adapter_files import write_adapter
from tunewright.models.hidden_units import has_units
from tunewright.models.source import quiet_transformers


def classifier(folder: Path | None = None, labels: int = 3, **more: Any) -> Any:
    with quiet_transformers():
        return AutoModelForSequenceClassification.from_pretrained(
            folder or shared_model_folder("bert"), num_labels=labels, **more
        ).eval()


@pytest.fixture(scope="module")
def classify(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, Path]:
    """A classifier's adapter after some steps."""
    bench = Trial("bert", Adapter(width=8))
    bench.step(2)
    folder = tmp_path_factory.mktemp("classify")
    bench.method.save_adapter(bench.model, folder)
    return bench, folder


def test_what_is_written(classify: tuple[Trial, Path]) -> None:
    """Danger: an adapter saved with the whole model in it, or a sheet that does not say what it is for."""
    bench, folder = classify
    sheet = json.loads((folder / "adapter.json").read_text(encoding="utf-8"))
    assert (sheet["format"], sheet["version"], sheet["model_type"]) == ("tunewright adapter", 1, "bert")
    assert (sheet["width"], sheet["scale"], sheet["labels"]) == (8, 4.0, ["c0", "c1", "c2"])
    assert load_file(folder / "adapter.safetensors").keys() == bench.stepper.parameters.keys()
    assert sorted(path.name for path in folder.iterdir()) == ["adapter.json", "adapter.safetensors"]


def test_its_labels_come_along(classify: tuple[Trial, Path]) -> None:
    """Danger: a head whose outputs are called LABEL_0, and are read in another order."""
    model = load_adapter(classifier(), classify[1])
    assert model.config.id2label == {0: "c0", 1: "c1", 2: "c2"}
    assert model.config.label2id["c2"] == 2


def test_one_base_serves_several_domains(tmp_path: Path) -> None:
    """Danger: the second adapter on top of the first, or a base that has changed after all."""
    wanted = {}
    for name, steps in (("law", 2), ("medicine", 4)):
        bench = Trial("mbart", Adapter(width=8 * steps), "translate")
        bench.step(steps)
        bench.method.save_adapter(bench.model, tmp_path / name)
        wanted[name] = bench.logits(bench.model.eval())
    with quiet_transformers():
        base = AutoModelForSeq2SeqLM.from_pretrained(shared_writer_folder("mbart")).eval()
    for name in ("law", "medicine", "law"):
        assert torch.allclose(bench.logits(load_adapter(base, tmp_path / name).eval()), wanted[name], atol=1e-6)
    assert (wanted["law"] - wanted["medicine"]).abs().max() > 1e-3


def test_a_base_in_bf16_is_the_same_base(classify: tuple[Trial, Path]) -> None:
    """Danger: a server that opens its base in half precision is told that it is another one."""
    model = load_adapter(classifier(dtype="bfloat16"), classify[1])
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}


def refused(model: Any, folder: Path, match: str) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(UserError, match=match):
        load_adapter(model, folder)
    assert not has_units(model)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_another_base_is_refused(classify: tuple[Trial, Path], tmp_path: Path) -> None:
    """Danger: an adapter on a base of the same architecture and other weights: it fits, and says noise."""
    refused(classifier(tiny_model_folder(tmp_path, "bert", seed=1)), classify[1], "another base model: ")


def test_a_base_with_another_attention_is_refused(classify: tuple[Trial, Path]) -> None:
    """Danger: a base into which something was merged beside the feed-forward: the adapter fits, and is off."""
    base = classifier(classify[0].folder)
    with torch.no_grad():
        base.bert.encoder.layer[0].attention.self.query.weight.mul_(1.1)
    refused(base, classify[1], "another base model: 1 of ")


def test_another_family_is_refused(classify: tuple[Trial, Path]) -> None:
    """Danger: names of one family looked for in another."""
    refused(classifier(shared_model_folder("roberta")), classify[1], "family bert, and this model is roberta")


def test_another_number_of_labels_is_refused(classify: tuple[Trial, Path]) -> None:
    """Danger: the head stays as it was drawn, and the body's adapter serves noise."""
    refused(classifier(labels=2), classify[1], r"classifier.bias is \(3,\) there and \(2,\) here")


@pytest.mark.parametrize("damage", ["no file", "half a file", "no json", "another version", "of peft"])
def test_what_cannot_be_read_is_said(classify: tuple[Trial, Path], tmp_path: Path, damage: str) -> None:
    """Danger: a traceback from the depths of a format, or half an adapter."""
    write_adapter(classify[0].model, tmp_path)
    weights, sheet = tmp_path / "adapter.safetensors", tmp_path / "adapter.json"
    if damage == "no file":
        weights.unlink()
    elif damage == "half a file":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "no json":
        sheet.write_text("{", encoding="utf-8")
    elif damage == "another version":
        sheet.write_text(json.dumps({"format": "tunewright adapter", "version": 2}), encoding="utf-8")
    else:
        (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    match = {"another version": "not of a form", "of peft": "Open it with peft"}.get(damage, "no adapter that can be")
    refused(classifier(), tmp_path, match)
