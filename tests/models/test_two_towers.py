"""Two towers with a head over both: opened, saved, opened by plain transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tiny_models import shared_model_folder
from tiny_towers import PLACES, SIDE, shared_towers

from tunewright.errors import UserError
from tunewright.models.gradient_checkpointing import checkpoint_layers, refuse_uncheckpointable
from tunewright.models.head import HEADS, head_class, load_with_head
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers
from tunewright.models.two_towers import ImageTextClassifier, TowerVectors

LABELS = ("cat", "dog", "horse")


def opened(family: str = "clip", fusion: Any = "concat", labels: Any = LABELS, folder: Path | None = None) -> Any:
    source = Source(family, str(folder or shared_towers(family))).joining(fusion)
    kind: Any = "single_label_classification"
    model = load_with_head(source, labels, kind, LoadOptions(0, 0, dropout=0.0, attention_dropout=0.0))
    return model.eval()


def rows(count: int = 3) -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    ids = torch.randint(5, 150, (count, PLACES), generator=draw)
    ids[:, -1] = 3
    return {"input_ids": ids, "pixel_values": torch.randn(count, 3, SIDE, SIDE, generator=draw)}


def saved(model: Any, folder: Path) -> Path:
    with quiet_transformers():
        model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("family", "fusion"), [("clip", "concat"), ("siglip", "cross")])
def test_plain_transformers_opens_the_towers(family: str, fusion: str, tmp_path: Path) -> None:
    """Danger: a folder that only this program can read; towers whose weights stayed behind and were drawn anew."""
    model = opened(family, fusion)
    kind = {"clip": transformers.CLIPModel, "siglip": transformers.SiglipModel}[family]
    with quiet_transformers():
        plain, report = kind.from_pretrained(saved(model, tmp_path), output_loading_info=True)
    assert not report["missing_keys"]
    assert {key.partition(".")[0] for key in report["unexpected_keys"]} == {"fusion"}
    ours = model.base_model.state_dict()
    assert ours.keys() == plain.state_dict().keys()
    assert all(torch.equal(tensor, ours[name]) for name, tensor in plain.state_dict().items())


def test_a_head_for_pictures_alone_is_not_taken_for_ours(tmp_path: Path) -> None:
    """Danger: `CLIPForImageClassification` opens the folder and answers with the last layer of another head."""
    with quiet_transformers():
        _, report = transformers.CLIPForImageClassification.from_pretrained(
            saved(opened(), tmp_path), output_loading_info=True
        )
    assert {"classifier.weight", "classifier.bias"} <= set(report["missing_keys"])


@torch.no_grad()
def test_opened_again_it_answers_the_same_and_keeps_its_labels(tmp_path: Path) -> None:
    """Danger: training goes on from a head whose rows belong to other labels."""
    model = opened("clip", "cross")
    before = model(**rows()).logits
    config = transformers.AutoConfig.from_pretrained(saved(model, tmp_path))
    again = HEADS[head_class(config, "AutoModelForSequenceClassification")].from_pretrained(str(tmp_path)).eval()
    assert torch.equal(again(**rows()).logits, before)
    turned = opened("clip", "cross", LABELS[::-1], tmp_path)(**rows()).logits
    assert torch.allclose(turned, before.flip(-1), atol=1e-6)
    other = opened("clip", "cross", ("a", "b", "c"), tmp_path)(**rows()).logits
    assert not torch.allclose(other, before, atol=1e-2)


def test_one_sense_of_a_joint_model_is_opened_without_the_head(tmp_path: Path) -> None:
    """Danger: a mark in config.json that makes a recipe on pictures alone ask for texts."""
    plain = Source("saved", str(saved(opened(), tmp_path)))
    wanted: Any = "AutoModelForSequenceClassification"
    assert head_class(plain.config(), wanted) == "AutoModelForImageClassification"
    assert head_class(plain.joining("concat").config(), wanted) == "ImageTextClassifier"


def test_other_models_are_refused_by_name() -> None:
    """Danger: a traceback about a missing attribute, for a model that reads texts alone."""
    source = Source("bert", str(shared_model_folder("bert"))).joining("concat")
    with pytest.raises(UserError, match="siglip-base-patch16-224"):
        source.config()


def test_what_compares_pictures_with_texts_is_kept_and_not_learned() -> None:
    """Danger: a parameter that is counted as learning and has no gradient; a scale that is lost for whoever searches by
    the towers."""
    for family, names in (("clip", {"logit_scale"}), ("siglip", {"logit_scale", "logit_bias"})):
        model = opened(family)
        assert {name for name, _ in model.base_model.named_buffers(recurse=False)} == names
        model(**rows()).logits.sum().backward()
        assert all(parameter.grad is not None for parameter in model.parameters())


@torch.no_grad()
def test_the_pretrained_towers_say_one_vector_a_row() -> None:
    """Danger: a baseline on the frozen model that is given a matrix of likenesses, in which rows see one another."""
    towers = Source("clip", str(shared_towers("clip"))).joining("concat").encoder()
    assert isinstance(towers, TowerVectors)
    whole = towers(**rows())[0]
    assert whole.shape == (3, 3 * 24)
    assert torch.allclose(towers(**{name: tensor[1:2] for name, tensor in rows().items()})[0], whole[1:2], atol=1e-5)


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_layers_computed_again_give_the_same_gradient(family: str) -> None:
    """Danger: `training.gradient_checkpointing` refused for towers that can, or computed for one of them only."""
    model = opened(family, "cross")
    refuse_uncheckpointable(model.config, "ImageTextClassifier")
    found = []
    for again in (False, True):
        if again:
            checkpoint_layers(model)
        model.train().zero_grad()
        model(**rows()).logits.square().sum().backward()
        found.append([parameter.grad.clone() for parameter in model.parameters()])
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*found, strict=True))


def test_dropout_reaches_towers_and_head() -> None:
    """Danger: a rate in the recipe that only a part of the model hears of."""
    source = Source("clip", str(shared_towers("clip"))).joining("concat")
    kind: Any = "single_label_classification"
    model: Any = load_with_head(source, LABELS, kind, LoadOptions(0, 0, dropout=0.3, attention_dropout=0.2))
    assert model.fusion.dropout.p == 0.3
    assert model.config.text_config.attention_dropout == model.config.vision_config.attention_dropout == 0.2
    default: Any = ImageTextClassifier.from_config(source.config())
    assert default.fusion.dropout.p == 0.1
