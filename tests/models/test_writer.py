"""Models that read and write: opened whole, shifted by their family's rule, compared by every weight."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import shared_model_folder
from tiny_writers import WRITERS, shared_writer_folder

from tunewright.errors import UserError
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.models.writer import bare_writer, load_writer, probing_ids, shifted, writes


def opened(family: str):
    source = Source(family, str(shared_writer_folder(family)))
    return load_writer(source, LoadOptions(0, 0, dropout=0.0, attention_dropout=0.0)).eval()


@pytest.mark.parametrize("family", WRITERS)
def test_shifting_is_the_family_s_own(family: str) -> None:
    """Danger: a decoder that starts with another token than the family was trained with. The peer is its own loss."""
    model = opened(family)
    ids = torch.tensor([[5, 9, 11, 3], [6, 7, 3, 0]])
    labels = torch.tensor([[8, 12, 10, 3], [9, 3, -100, -100]])
    with torch.no_grad():
        own = model(input_ids=ids, labels=labels)
        ours = model(input_ids=ids, decoder_input_ids=shifted(model, labels)).logits
    assert torch.equal(own.logits, ours)


@pytest.mark.parametrize("family", WRITERS)
def test_the_bare_model_has_the_same_parameters(family: str) -> None:
    """Danger: a forecast of another model."""
    with torch.device("meta"):
        bare = bare_writer(Source(family, str(shared_writer_folder(family))).config())
    assert {n: p.shape for n, p in bare.named_parameters()} == {
        n: p.shape for n, p in opened(family).named_parameters()
    }


def test_a_missing_weight_is_refused(tmp_path: Path) -> None:
    """Danger: a layer of noise in a model that is called pretrained."""
    folder = shutil.copytree(shared_writer_folder("t5"), tmp_path / "t5")
    weights = load_file(folder / "model.safetensors")
    gone = next(name for name in weights if "decoder.block.1" in name)
    save_file({n: t for n, t in weights.items() if n != gone}, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(UserError, match="start from noise"):
        load_writer(Source("t5", str(folder)), LoadOptions(0, 0))
    weights[gone] = weights[gone][:-1]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(UserError, match="another shape"):
        load_writer(Source("t5", str(folder)), LoadOptions(0, 0))


def test_who_writes() -> None:
    """Danger: an encoder or a causal model taken for a translator."""
    assert all(writes(Source(family, str(shared_writer_folder(family))).config()) for family in WRITERS)
    for family in ("bert", "llama"):
        assert not writes(Source(family, str(shared_model_folder(family))).config())


def test_probing_stays_inside_the_decoder_s_table() -> None:
    """Danger: Marian's two vocabularies: an id of the source beyond the table of the target."""
    config = Source("marian", str(shared_writer_folder("marian"))).config()
    config.decoder_vocab_size = 7
    probed = probing_ids(torch.arange(40)[None], config)
    assert probed.shape == (1, 16) and int(probed.max()) < 7
