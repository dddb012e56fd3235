"""Models with a head: nothing new without a word, nothing kept under a wrong name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import FAMILIES, shared_model_folder, tiny_config, tiny_tokenizer

from tunewright.errors import UserError
from tunewright.evaluation import infer
from tunewright.inputs.text import TextInput
from tunewright.models.anatomy import final_linear
from tunewright.models.head import bare_with_head, fold_scale, load_with_head
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers

NAMES = ("a", "b", "c")


def load(folder: Path, names: tuple[str, ...] = NAMES, pad: int = 0, seed: int = 0, **dropout: float) -> Any:
    options = LoadOptions(pad, seed, **dropout)
    return load_with_head(Source("my-model", str(folder)), names, "single_label_classification", options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny BERT that may be damaged."""
    return shutil.copytree(shared_model_folder("bert"), tmp_path / "model")


def change_config(folder: Path, **changes: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def drop_weights(folder: Path, part: str) -> None:
    tensors = load_file(folder / "model.safetensors")
    save_file({n: t for n, t in tensors.items() if part not in n}, folder / "model.safetensors", {"format": "pt"})


def test_the_body_is_the_pretrained_one() -> None:
    """Danger: a body that was drawn anew beside a head that was loaded."""
    saved = load_file(shared_model_folder("bert") / "model.safetensors")
    body = load(shared_model_folder("bert")).bert.state_dict()
    assert all(torch.equal(body[name], saved[name]) for name in saved)


@pytest.mark.parametrize("part", ["encoder.layer.1.", "word_embeddings", "layer.0.attention.self.query"])
def test_a_body_with_missing_weights_is_refused(folder: Path, part: str) -> None:
    """Danger: layers drawn at random between pretrained ones; training then mends what was never broken."""
    drop_weights(folder, part)
    with pytest.raises(UserError, match="lacks weights of the model it says it is") as caught:
        load(folder)
    assert part in str(caught.value)
    assert "noise" in str(caught.value)


@pytest.mark.parametrize("changes", [{"num_hidden_layers": 3}])
def test_more_layers_than_weights_are_refused(folder: Path, changes: dict[str, int]) -> None:
    """Danger: config.json of a larger sister model beside the weights of a smaller one."""
    change_config(folder, **changes)
    with pytest.raises(UserError, match=r"layer\.2\."):
        load(folder)


@pytest.mark.parametrize("family", FAMILIES)
def test_fewer_layers_than_weights_are_refused(tmp_path: Path, family: str) -> None:
    """Danger: a config.json that says 6 layers beside weights of 12; half the model is left out without a word."""
    folder = shutil.copytree(shared_model_folder(family), tmp_path / "model")
    count = {"distilbert": "n_layers"}.get(family, "num_hidden_layers")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kinds = {"layer_types": config["layer_types"][:1]} if "layer_types" in config else {}
    change_config(folder, **{count: 1}, **kinds)
    with pytest.raises(UserError, match="weights of 2 layers, and its config says 1"):
        load(folder)


def test_layers_are_counted_under_the_names_of_a_model_with_a_head_too(tmp_path: Path) -> None:
    """Danger: `bert.encoder.layer.1` told apart from `encoder.layer.1`, and only one of them noticed."""
    with quiet_transformers():
        load(shared_model_folder("bert")).save_pretrained(tmp_path)
    change_config(tmp_path, num_hidden_layers=1)
    with pytest.raises(UserError, match="weights of 2 layers"):
        load(tmp_path)


def test_a_head_of_another_task_may_stay_behind(folder: Path) -> None:
    """Danger: every masked-language model of the hub refused for the head that it came with."""
    tensors = load_file(folder / "model.safetensors")
    extra = {f"cls.predictions.layers.{n}.weight": torch.zeros(2) for n in range(9)} | {
        "classifier.9.bias": torch.ones(2)
    }
    save_file(tensors | extra, folder / "model.safetensors", {"format": "pt"})
    load(folder)


@pytest.mark.parametrize("changes", [{"intermediate_size": 48}, {"vocab_size": 200}, {"hidden_size": 64}])
def test_weights_of_another_shape_are_refused(folder: Path, changes: dict[str, int]) -> None:
    """Danger: transformers, told to pass over a head of another size, passes over a body of another size as well."""
    change_config(folder, **changes)
    with pytest.raises(UserError, match="another shape than its config") as caught:
        load(folder)
    assert str(next(iter(changes.values()))) in str(caught.value)


def test_a_missing_pooler_belongs_to_the_head(folder: Path) -> None:
    """Danger: masked-language models come without a pooler; refusing them would refuse most of the hub."""
    drop_weights(folder, "pooler")
    first, again = load(folder), load(folder)
    assert torch.equal(first.bert.pooler.dense.weight, again.bert.pooler.dense.weight)


@pytest.mark.parametrize("family", FAMILIES)
def test_new_weights_follow_the_seed_alone(family: str) -> None:
    """Danger: a head that depends on what the process drew before, so that no run can be repeated."""
    folder = shared_model_folder(family)
    state = torch.get_rng_state()
    first = final_linear(load(folder), 3)[1].weight
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(5)
    assert torch.equal(final_linear(load(folder), 3)[1].weight, first)
    assert not torch.equal(final_linear(load(folder, seed=1), 3)[1].weight, first)


def test_dropout_is_set_and_nothing_else(folder: Path) -> None:
    """Danger: a rate of 0 taken for not given."""
    model = load(folder, dropout=0.0, attention_dropout=0.4)
    assert (model.config.hidden_dropout_prob, model.config.attention_probs_dropout_prob) == (0.0, 0.4)
    assert model.dropout.p == 0.0
    untouched = load(folder)
    assert untouched.config.hidden_dropout_prob == tiny_config("bert").hidden_dropout_prob


def test_a_head_keeps_only_rows_whose_names_are_all_there(tmp_path: Path) -> None:
    """Danger: `b` and `c` exchanged because the source counted its labels in another order."""
    model = load(shared_model_folder("bert"), ("c", "a", "b"))
    with torch.no_grad():
        model.classifier.weight.copy_(torch.arange(3.0)[:, None].expand(3, 32))
        model.classifier.bias.copy_(torch.arange(3.0))
    with quiet_transformers():
        model.save_pretrained(tmp_path)
    kept = load(tmp_path)
    assert kept.classifier.bias.tolist() == [1.0, 2.0, 0.0]
    assert kept.classifier.weight[:, 0].tolist() == [1.0, 2.0, 0.0]
    assert kept.config.label2id == {"a": 0, "b": 1, "c": 2}
    other = load(tmp_path, ("a", "b", "d"))
    assert other.classifier.bias.tolist() == [0.0, 0.0, 0.0]
    assert float(other.classifier.weight.abs().max()) < 0.2


def llama(folder: Path, side: str, pad_token: str, stated: int | None) -> Any:
    """A Llama whose tokenizer pads with some token, and whose configuration states another, or none."""
    shutil.copytree(shared_model_folder("llama"), folder)
    change_config(folder, pad_token_id=stated)
    tool = tiny_tokenizer(types=False)
    tool.padding_side, tool.pad_token = side, pad_token
    tool.save_pretrained(folder)
    return tool


@pytest.mark.parametrize("stated", [None, 0])
@pytest.mark.parametrize("pad_token", ["[PAD]", "[SEP]"])
@pytest.mark.parametrize("side", ["right", "left"])
def test_a_causal_classifier_reads_the_last_word_and_not_the_padding(
    tmp_path: Path, side: str, pad_token: str, stated: int | None
) -> None:
    """Danger: Llama's configuration and tokenizer disagree about the padding token; the classifier then reads its
    answer off the padding, and a row's outputs depend on its neighbours in the batch."""
    tool = llama(tmp_path / "llama", side, pad_token, stated)
    model = load(tmp_path / "llama", pad=tool.pad_token_id).eval()
    part = TextInput(text="t")
    rows = part.encode({"t": ["good", "bad film and a long one two three", "a", "the boring plot"]}, tool, 64)
    together, alone = (
        infer(model, rows, part, device=torch.device("cpu"), precision="fp32", token_budget=budget)
        for budget in (1000, 1)
    )
    assert np.abs(together - alone).max() < 1e-6
    assert model.config.pad_token_id == tool.pad_token_id


def test_roberta_keeps_the_padding_id_its_positions_count_from(tmp_path: Path) -> None:
    """Danger: RoBERTa counts positions from its padding id; another id shifts every position it was trained with."""
    folder = shutil.copytree(shared_model_folder("roberta"), tmp_path / "roberta")
    change_config(folder, pad_token_id=1)
    model = load(folder, pad=3)
    assert model.config.pad_token_id == 1
    assert model.roberta.embeddings.padding_idx == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_the_bare_model_costs_no_memory_and_has_the_same_shape(family: str) -> None:
    """Danger: a forecast of memory that itself needs the memory, or counts another model."""
    config = tiny_config(family)
    with torch.device("meta"):
        bare = bare_with_head(config, 5)
    assert all(parameter.is_meta for parameter in bare.parameters())
    real = load(shared_model_folder(family), tuple("abcde"))
    assert {n: t.shape for n, t in bare.named_parameters()} == {n: t.shape for n, t in real.named_parameters()}
    assert config.num_labels == 2, "the configuration given is left as it was"


@pytest.mark.parametrize("family", FAMILIES)
def test_folding_a_scale(family: str) -> None:
    """Danger: mean and scale in the wrong order, or in a layer that is not the last."""
    model = load(shared_model_folder(family), ("y",)).eval()
    ids = torch.tensor([[2, 7, 9, 11, 3], [2, 30, 31, 32, 3]])
    with torch.no_grad():
        before = model(input_ids=ids).logits
        mean = 0.0 if family == "llama" else -40.0
        fold_scale(model, mean, 250.0)
        assert torch.allclose(model(input_ids=ids).logits, before * 250.0 + mean, rtol=1e-5, atol=1e-4)


def test_a_mean_without_a_place_is_refused() -> None:
    """Danger: a head without bias whose answers are all off by the mean."""
    model = load(shared_model_folder("llama"), ("y",))
    with pytest.raises(UserError, match="has no bias"):
        fold_scale(model, 3.0, 2.0)
