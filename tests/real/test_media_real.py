"""Real pictures and real recordings, read and learned from as a user would."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
import torch
import transformers
from tiny_media import picture_model_folder
from tiny_runs import verified_in_process

from tunewright.models.source import quiet_transformers
from tunewright.pipeline import check, train
from tunewright.recipe import Recipe

DATA = Path(os.environ.get("TUNEWRIGHT_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
TRAINING = {"batch_size": 32, "learning_rate": 2e-3, "precision": "fp32", "threads": 1}
needs = pytest.mark.skipif(not (DATA / "spoken_digits").is_dir(), reason=f"no data in {DATA}; set TUNEWRIGHT_DATA")


@needs
def test_real_pictures_are_all_read(tmp_path: Path) -> None:
    """Danger: a form of JPEG that only occurs outside of tests."""
    picture_model_folder(tmp_path / "vit")
    sample = DATA / "cifar10_sample"
    data = {
        "train": str(sample / "train"),
        "test": str(sample / "test"),
        "inputs": {"image": "path"},
        "target": "label",
    }
    audit = check(Recipe(model=str(tmp_path / "vit"), data=data))
    assert {split.name: split.rows for split in audit.splits} == {"train": 900, "validation": 100, "test": 300}
    assert len(audit.classes) == 10 and not audit.errors
    assert audit.sizes is not None and (audit.sizes.minimum, audit.sizes.maximum) == (32.0, 32.0)


def small_whisper(folder: Path) -> Path:
    """An encoder of random weights for sounds of a second at 8 kHz, and a nominal decoder that is never used."""
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(0)
        config = transformers.WhisperConfig(
            num_mel_bins=40, max_source_positions=50, d_model=64, encoder_layers=2, encoder_attention_heads=4,
            encoder_ffn_dim=128, decoder_layers=1, decoder_attention_heads=4, decoder_ffn_dim=64, vocab_size=40,
            max_target_positions=8, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
            suppress_tokens=None, begin_suppress_tokens=None, classifier_proj_size=64,
        )  # fmt: skip
        transformers.AutoModel.from_config(config).save_pretrained(folder)
        transformers.WhisperFeatureExtractor(
            feature_size=40, sampling_rate=8_000, hop_length=80, chunk_length=1, n_fft=512
        ).save_pretrained(folder)
    return folder


@needs
def test_three_spoken_digits_are_told_apart_on_unseen_recordings(tmp_path: Path) -> None:
    """Danger: a way from a recording to its label on which something is lost, so that only chance is left. Recordings 8
    and 9 of every speaker and digit are unseen; the speakers are not."""
    for name, keeps in (("train", range(8)), ("test", range(8, 10))):
        files = [file for file in sorted((DATA / "spoken_digits").glob("[037]_*.wav")) if int(file.stem[-1]) in keeps]
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("file", "digit"), *((file, file.name[0]) for file in files)])
    data = {
        "train": str(tmp_path / "train.csv"), "test": str(tmp_path / "test.csv"), "validation": None,
        "inputs": {"audio": "file", "max_seconds": 1.0}, "target": "digit",
    }  # fmt: skip
    probes = [{"kind": "quality", "resamples": 40, "baselines": ["majority"]}]
    recipe = Recipe(
        model=str(small_whisper(tmp_path / "whisper")), data=data, training=TRAINING | {"max_steps": 60, "epochs": 20},
        evaluation=probes, output=str(tmp_path / "run"),
    )  # fmt: skip
    with verified_in_process():
        accuracy = train(recipe).quality.metric("accuracy")
    assert accuracy is not None and accuracy.n == 36
    assert accuracy.value > 0.6, "chance is 0.33"
