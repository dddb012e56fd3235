"""Where weights come from; and what is said when they do not come."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from tiny_models import shared_model_folder, tiny_tokenizer
from transformers import AutoModel, AutoModelForSequenceClassification

from tunewright.errors import UserError
from tunewright.models.source import Source, quiet_transformers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny BERT that may be damaged."""
    return shutil.copytree(shared_model_folder("bert"), tmp_path / "model")


def source(folder: Path) -> Source:
    return Source("my-model", str(folder))


def load(folder: Path) -> None:
    made = source(folder)
    made.tokenizer()
    made.model(AutoModelForSequenceClassification, made.config())


def change_config(folder: Path, **changes: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_a_whole_folder_loads(folder: Path) -> None:
    """Danger: a check that refuses good models; every test below breaks this folder in one place."""
    load(folder)
    made = source(folder)
    assert made.folder == folder
    assert made.tokenizer()("good")["input_ids"] == tiny_tokenizer()("good")["input_ids"]


@pytest.mark.parametrize("location", ["/nowhere/at/all", "./nowhere", "~/nowhere", "a/b/c"])
def test_a_missing_folder(location: str) -> None:
    """Danger: a misspelled folder looked up on the hub, and an answer about the network."""
    for ask in (Source(location, location).config, Source(location, location).tokenizer):
        with pytest.raises(UserError, match=f"There is no folder {location}") as caught:
            ask()
        assert "sample://minilm" in str(caught.value)


@pytest.mark.parametrize("name", ["bert-base-nowhere", "nobody/no-model"])
def test_a_hub_id_without_a_connection(name: str) -> None:
    """Danger: forty lines of retries and a traceback, for a typo or a train without network."""
    with pytest.raises(UserError, match="neither a local folder nor reachable on the hub") as caught:
        Source(name, name).config()
    assert name in str(caught.value)
    assert "local folder" in str(caught.value)


def test_a_folder_without_a_configuration(folder: Path) -> None:
    """Danger: pointing at a run instead of its model/, and an answer that does not say so."""
    (folder / "config.json").unlink()
    with pytest.raises(UserError, match="holds no model: it has no config") as caught:
        load(folder)
    assert "model.safetensors" in str(caught.value), "names what is there"
    assert "model/ folder of a run" in str(caught.value)


def test_an_empty_folder(tmp_path: Path) -> None:
    """Danger: an empty list printed as an empty list."""
    with pytest.raises(UserError, match="It holds no files"):
        source(tmp_path).config()


def test_pickled_weights_are_never_opened(folder: Path) -> None:
    """Danger: opening a pickle runs whatever its author wrote."""
    marker = folder / "opened"
    (folder / "model.safetensors").unlink()
    evil = b"cos\nsystem\n(S'touch %s'\ntR." % str(marker).encode()
    (folder / "pytorch_model.bin").write_bytes(evil)
    with pytest.raises(UserError, match="holds pickled weights"):
        load(folder)
    assert not marker.exists()


def test_code_of_a_repository_is_never_run(folder: Path) -> None:
    """Danger: a model folder that brings its own program."""
    (folder / "modeling_own.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n", encoding="utf-8")
    change_config(folder, model_type="own", auto_map={"AutoConfig": "modeling_own.Config"})
    with pytest.raises(UserError, match="which tunewright never runs"):
        load(folder)
    assert not (folder / "ran").exists()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "weights cut off": (
        lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:4000]),
        "cannot be loaded",
    ),
    "weights of no bytes": (lambda f: (f / "model.safetensors").write_bytes(b""), "cannot be loaded"),
    "weights that are none": (lambda f: (f / "model.safetensors").write_bytes(b"x" * 200), "cannot be loaded"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "no file named model.safetensors"),
    "configuration cut off": (lambda f: (f / "config.json").write_text("{"), "not a valid JSON"),
    "configuration of another shape": (lambda f: (f / "config.json").write_text("[]"), "cannot be loaded"),
    "configuration without a type": (lambda f: (f / "config.json").write_text("{}"), "model_type"),
    "unknown architecture": (lambda f: change_config(f, model_type="nonsense"), "nonsense"),
    "a model of pictures": (lambda f: change_config(f, model_type="vit"), "Unrecognized configuration class"),
    "tokenizer cut off": (lambda f: (f / "tokenizer.json").write_text("{"), "cannot be loaded"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_told_in_words(folder: Path, what: str) -> None:
    """Danger: a traceback of fifty lines out of three libraries, for a download that broke off."""
    damage, words = DAMAGE[what]
    damage(folder)
    with pytest.raises(UserError, match=words) as caught:
        load(folder)
    assert "my-model" in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


def test_a_tokenizer_without_a_vocabulary_is_refused(folder: Path) -> None:
    """Danger: without its files transformers makes a tokenizer that knows no word; every text is then [UNK] [UNK],
    and training runs on without a complaint."""
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(UserError, match="without a vocabulary") as caught:
        source(folder).tokenizer()
    assert "tokenizer.json" in str(caught.value)


def save_tokenizer(folder: Path, **tokens: str | None) -> None:
    tool = tiny_tokenizer()
    for name, token in tokens.items():
        setattr(tool, name, token)
    tool.save_pretrained(folder)


def test_a_tokenizer_without_padding_pads_with_its_end(folder: Path) -> None:
    """Danger: Llama's tokenizer has no padding token, and the first batch of two rows stops the run."""
    save_tokenizer(folder, pad_token=None, eos_token="[SEP]")
    assert source(folder).tokenizer().pad_token == "[SEP]"


def test_a_tokenizer_with_neither_is_refused(folder: Path) -> None:
    """Danger: padding with token 0, whatever that may be."""
    save_tokenizer(folder, pad_token=None, eos_token=None)
    with pytest.raises(UserError, match="neither a padding nor an end-of-text token"):
        source(folder).tokenizer()


def test_weights_are_fp32_whatever_the_file_holds(folder: Path) -> None:
    """Danger: a model saved in bf16 whose AdamW moments and updates are bf16 too: small updates are rounded away."""
    with quiet_transformers():
        AutoModel.from_pretrained(folder).bfloat16().save_pretrained(folder)
    made = source(folder)
    model, _ = made.model(AutoModelForSequenceClassification, made.config())
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert not made.encoder().training


def test_the_bare_encoder_is_the_pretrained_one(folder: Path) -> None:
    """Danger: a baseline measured on another body than the one that was tuned."""
    made = source(folder)
    tuned = made.model(AutoModelForSequenceClassification, made.config())[0].base_model.state_dict()
    encoder = made.encoder().state_dict()
    assert all(torch.equal(encoder[name], tuned[name]) for name in tuned)


def test_the_configuration_can_be_changed_on_the_way(folder: Path) -> None:
    """Danger: a change that is dropped without a word."""
    assert source(folder).config(num_hidden_layers=1).num_hidden_layers == 1


def test_the_fingerprint_follows_the_bytes(folder: Path) -> None:
    """Danger: a resumed run on other weights of the same name."""
    first = source(folder).fingerprint()
    assert source(folder).fingerprint() == first
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    assert source(folder).fingerprint() == first, "a note beside the weights changes nothing"
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    assert source(folder).fingerprint() != first
    assert Source("a", "hub/a").fingerprint() != Source("b", "hub/b").fingerprint()


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\n---\ntext", "apache-2.0"),
        ("---\ntags: [x]\n---\nlicense is not stated", None),
        (None, None),
    ],
)
def test_the_licence_is_read_from_the_card(folder: Path, card: str | None, licence: str | None) -> None:
    """Danger: a model handed on under terms that nobody looked at."""
    if card is not None:
        (folder / "README.md").write_text(card, encoding="utf-8")
    assert source(folder).licence() == licence
    assert Source("hub/a", "hub/a").licence() is None


def test_silence_ends_with_its_block() -> None:
    """Danger: a library whose warnings stay off for the rest of the process."""
    level, bars = transformers.logging.get_verbosity(), transformers.logging.is_progress_bar_enabled()
    hub = logging.getLogger("huggingface_hub").level
    with pytest.raises(KeyError), quiet_transformers():
        assert transformers.logging.get_verbosity() == transformers.logging.ERROR
        assert not transformers.logging.is_progress_bar_enabled()
        raise KeyError
    assert transformers.logging.get_verbosity() == level
    assert transformers.logging.is_progress_bar_enabled() == bars
    assert logging.getLogger("huggingface_hub").level == hub


def test_names_of_weights_are_read_without_the_weights(tmp_path) -> None:
    """Danger: a forecast that loads gigabytes, or dies of a file that is cut short before the loading can say so."""
    folder = shutil.copytree(shared_model_folder("bert"), tmp_path / "bert")
    names = Source("m", str(folder)).weight_names()
    assert names is not None and "embeddings.word_embeddings.weight" in names
    (folder / "model.safetensors").write_bytes(b"cut")
    assert Source("m", str(folder)).weight_names() is None
    assert Source("m", "some/hub-model").weight_names() is None
