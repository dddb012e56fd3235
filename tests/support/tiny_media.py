"""Small random models of pictures and sounds, and small files for them to read."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
import transformers
from PIL import Image
from tiny_models import shared_root
from tiny_towers import PLACES, TOWER_FAMILIES, notes, shared_towers
from trial import ROWS, Trial, make_method, target_cells

from tunewright.data.located import located
from tunewright.data.reading import read
from tunewright.evaluation import Split, Subject
from tunewright.inputs import Batch
from tunewright.inputs.audio import AudioInput
from tunewright.inputs.image import ImageInput
from tunewright.inputs.image_text import ImageTextInput
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers
from tunewright.recipe import Training, catalog
from tunewright.training.world import World

PICTURE_FAMILIES = ("vit", "deit", "swin", "convnext")
SIDE = 16


def picture_config(family: str) -> Any:
    """The family's configuration for pictures of 16 pixels."""
    plain: dict[str, Any] = {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
        "image_size": SIDE, "patch_size": 4,
    }  # fmt: skip
    if family == "swin":
        return transformers.SwinConfig(
            image_size=SIDE, patch_size=2, embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4
        )
    if family == "convnext":
        return transformers.ConvNextConfig(
            image_size=SIDE,
            patch_size=2,
            num_stages=2,
            hidden_sizes=[16, 32],
            depths=[1, 2],
            layer_scale_init_value=0.1,
        )
    return {"vit": transformers.ViTConfig, "deit": transformers.DeiTConfig}[family](**plain)


def picture_processor() -> Any:
    """Sizes to 16 pixels and shifts to -1..1, as ViT's own does."""
    with quiet_transformers():
        return transformers.ViTImageProcessor(size={"height": SIDE, "width": SIDE})


def picture_model_folder(folder: Path, family: str = "vit") -> Path:
    """A body without a head, and its processor."""
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(0)
        model = transformers.AutoModel.from_config(picture_config(family))
        for parameter in model.parameters():  # larger than the usual 0.02, so that a small model can tell rows apart
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.15)
        model.save_pretrained(folder)
        picture_processor().save_pretrained(folder)
    return folder


@functools.cache
def shared_picture_model(family: str = "vit") -> Path:
    """The family's folder, written once in this process. Never write into it."""
    return picture_model_folder(shared_root() / family, family)


def picture(label: str, draw: np.random.Generator, side: int = 20) -> Image.Image:
    """Noise with a bright square on the left or the right of the label's colour."""
    pixels = draw.integers(0, 90, (side, side + 4, 3))
    place = int(draw.integers(2, side - 8))
    pixels[place : place + 7, 4 : side - 2, {"red": 0, "green": 1, "blue": 2}[label]] += 140
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def picture_folder(folder: Path, rows: int = 36, seed: int = 0) -> Path:
    """One folder a class, with PNG and JPEG files."""
    draw = np.random.default_rng(seed)
    for row in range(rows):
        label = ("red", "green", "blue")[row % 3]
        (folder / label).mkdir(parents=True, exist_ok=True)
        picture(label, draw).save(folder / label / f"{row:03d}.{'png' if row % 2 else 'jpg'}")
    return folder


SOUND_FAMILIES = ("wav2vec2", "wav2vec2-group", "hubert", "wavlm", "audio-spectrogram-transformer", "whisper")
RATE = 4_000
SECONDS = 0.5


def sound_config(family: str) -> Any:
    """The family's configuration at width 32, for sounds of half a second at 4 kHz."""
    kinds = {"wav2vec2": "Wav2Vec2Config", "hubert": "HubertConfig", "wavlm": "WavLMConfig"}
    name, _, norm = family.partition("-")
    if name in kinds:
        return getattr(transformers, kinds[name])(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, conv_dim=[16, 16],
            conv_kernel=[10, 8], conv_stride=[8, 8], num_feat_extract_layers=2, num_conv_pos_embeddings=8,
            num_conv_pos_embedding_groups=4, feat_extract_norm=norm or "layer", do_stable_layer_norm=not norm,
            num_buckets=16, max_bucket_distance=32,
        )  # fmt: skip
    if family == "whisper":
        return transformers.WhisperConfig(
            num_mel_bins=20, max_source_positions=50, d_model=32, encoder_layers=2, encoder_attention_heads=4,
            encoder_ffn_dim=64, decoder_layers=1, decoder_attention_heads=4, decoder_ffn_dim=64, vocab_size=40,
            max_target_positions=8, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
            suppress_tokens=None, begin_suppress_tokens=None, classifier_proj_size=32,
        )  # fmt: skip
    return transformers.ASTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, patch_size=8,
        frequency_stride=6, time_stride=6, max_length=50, num_mel_bins=20,
    )  # fmt: skip


def sound_extractor(family: str) -> Any:
    """What the family is prepared by."""
    if family == "whisper":
        return transformers.WhisperFeatureExtractor(
            feature_size=20, sampling_rate=RATE, hop_length=RATE // 100, chunk_length=1, n_fft=100
        )
    if family == "audio-spectrogram-transformer":
        return transformers.ASTFeatureExtractor(sampling_rate=RATE, num_mel_bins=20, max_length=50)
    masks = not family.endswith("group")
    return transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=True, return_attention_mask=masks)


def sound_model_folder(folder: Path, family: str = "wav2vec2") -> Path:
    """A body without a head, and its extractor."""
    with torch.random.fork_rng(), quiet_transformers():
        torch.manual_seed(0)
        model = transformers.AutoModel.from_config(sound_config(family))
        for parameter in model.parameters():
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.15)
        model.save_pretrained(folder)
        sound_extractor(family).save_pretrained(folder)
    return folder


@functools.cache
def shared_sound_model(family: str = "wav2vec2") -> Path:
    """The family's folder, written once in this process. Never write into it."""
    return sound_model_folder(shared_root() / family, family)


def sound(label: str, draw: np.random.Generator, rate: int = 8_000) -> np.ndarray:
    """A tone of the label's pitch in noise, 0.2 to 0.6 seconds long."""
    time = np.arange(int(rate * draw.uniform(0.2, 0.6))) / rate
    pitch = {"low": 200, "middle": 500, "high": 1_200}[label] * draw.uniform(0.9, 1.1)
    return (0.3 * np.sin(2 * np.pi * pitch * time) + draw.normal(0, 0.05, len(time))).astype(np.float32)


def sound_folder(folder: Path, rows: int = 36, seed: int = 0) -> Path:
    """One folder a class, with WAV and FLAC files of 8 kHz."""
    draw = np.random.default_rng(seed)
    for row in range(rows):
        label = ("low", "middle", "high")[row % 3]
        (folder / label).mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / label / f"{row:03d}.{'wav' if row % 2 else 'flac'}", sound(label, draw), 8_000)
    return folder


def media_input(family: str, **fields: Any) -> Any:
    """The input that a family reads, with a column called `path`, and `note` where it reads texts too."""
    if family in TOWER_FAMILIES:
        return ImageTextInput(image="path", text="note", fusion=family.partition("+")[2] or "concat", **fields)
    if family in PICTURE_FAMILIES:
        return ImageInput(image="path", **fields)
    return AudioInput(audio="path", max_seconds=SECONDS, **fields)


@functools.cache
def shared_files(sense: str) -> Path:
    """36 pictures or sounds in a folder a class, written once in this process. Never write into it."""
    root = shared_root() / f"{sense}-files"
    return sound_folder(root) if sense == "audio" else picture_folder(root)


def shared_media_model(family: str) -> Path:
    """The family's folder, whatever it reads."""
    if family in TOWER_FAMILIES:
        return shared_towers(family.partition("+")[0])
    return shared_picture_model(family) if family in PICTURE_FAMILIES else shared_sound_model(family)


def columns_of(table: Any) -> dict[str, Any]:
    """A folder's columns, and a text for each file."""
    return {**located(table, ["path"]).columns, "note": notes(len(table), np.random.default_rng(3))}


class MediaTrial(Trial):
    """A tiny model of pictures or sounds with sixteen rows; batches are those of training, with what is drawn."""

    def __init__(
        self,
        family: str,
        method: str = "full",
        *,
        task: str = "classify",
        dropout: float = 0.0,
        world: World | None = None,
        folder: Path | None = None,
        files: Path | None = None,
    ) -> None:
        self.folder = folder or shared_media_model(family)
        self.task, self.method = catalog.load("task", task)(), make_method(method)
        self.inputs = media_input(family)
        self.source = self.inputs.read_by(Source(family, str(self.folder)))
        self.tokenizer = self.inputs.preprocessor(self.source)
        table = read(files or shared_files(self.inputs.reads), role="train").take(
            np.arange(0, 36, 36 / ROWS).astype(int)
        )
        self.columns = columns_of(table)
        self.length = self.inputs.longest(self.tokenizer, None) or PLACES
        self.encoded = self.inputs.encode(self.columns, self.tokenizer, self.length)
        self.cells = target_cells(self.task.target_kind, ["x"] * ROWS, np.random.default_rng(0))
        self.space = self.task.space(self.cells, "y", self.encoded)
        self.plain = self.task.model(
            self.source, self.space, LoadOptions(0, 0, dropout=dropout, attention_dropout=dropout)
        ).eval()
        self.space = self.task.settle(self.space, self.plain)
        self.truth = self.task.encode(self.cells, self.space, self.encoded)
        self.before = self.logits(self.plain)
        self.model = self.method.prepare(self.plain, 0)
        self.training = Training(max_grad_norm=None)
        self.precision, self.world = "fp32", world or World()
        self.note_start()
        self.restart()

    def batch(self, rows: Any) -> Batch:
        given = self.inputs.training_batch(self.encoded, rows, 7, self.stepper.number)
        return Batch(given, self.targets(rows), size=len(rows) * int(self.encoded.lengths[rows].max()))

    def step(self, steps: int = 1, first: int = 0) -> None:
        for number in range(first, first + steps):
            self.method.train_mode(self.model)
            self.stepper.number = number
            self.stepper.update([self.rows], len(self.encoded), number)


def media_subject(family: str) -> Subject:
    """An untrained model with a third of the rows to be measured, for baselines."""
    bench = MediaTrial(family)
    table = read(shared_files(bench.inputs.reads), role="train")
    columns = columns_of(table)
    table = table.with_columns({"note": columns["note"]})
    encoded = bench.inputs.encode(columns, bench.tokenizer, bench.length)
    space = bench.task.space(columns["label"], "label")
    whole = Split("train", table, encoded, bench.task.encode(columns["label"], space))
    order = np.random.default_rng(0).permutation(len(table))
    return Subject(
        model=bench.plain, pretrained=lambda: bench.source.encoder(), tokenizer=bench.tokenizer, task=bench.task,
        inputs=bench.inputs, space=space, train=whole.take(order[12:]), validation=None, test=whole.take(order[:12]),
        device=torch.device("cpu"), precision="fp32", token_budget=2048, max_length=bench.length,
        folder=None, seed=0, training_peak_bytes=None, report_progress=lambda text: None,
    )  # fmt: skip
