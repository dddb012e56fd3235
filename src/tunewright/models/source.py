"""Where pretrained weights come from, and loading them without running anybody's code."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import transformers
from safetensors import SafetensorError, safe_open
from torch import nn
from transformers import AutoConfig, AutoFeatureExtractor, AutoImageProcessor, AutoModel, AutoTokenizer

from tunewright.errors import UserError
from tunewright.models.fusion import FusionKind
from tunewright.models.two_towers import TowerVectors, fills_texts, joined

__all__ = ["Source", "quiet_transformers"]

_FINGERPRINTED = ("*.safetensors", "config.json", "tokenizer.json", "vocab.txt", "*.model", "preprocessor_config.json")


@contextlib.contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence load reports and progress bars: what they would say is checked and raised by the callers instead."""
    level = transformers.logging.get_verbosity()
    bars = transformers.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    hub = logging.getLogger("huggingface_hub")
    hub_level = hub.level
    hub.setLevel(logging.ERROR)
    try:
        yield
    finally:
        transformers.logging.set_verbosity(level)
        hub.setLevel(hub_level)
        if bars:
            transformers.logging.enable_progress_bar()


@dataclass(frozen=True)
class Source:
    """A pretrained model: a local folder or a hub id. Only safetensors are read, never pickle; never remote code.

    Attributes:
        name: as the recipe says it (`sample://minilm`), for records and people.
        location: folder or hub id that transformers opens.
        fusion: how a head over two towers is made, for rows of a picture and a text; None for the model as it is.
    """

    name: str
    location: str
    fusion: FusionKind | None = None

    def joining(self, fusion: FusionKind) -> Source:
        """The same model, to be opened with a head over both of its towers."""
        return replace(self, fusion=fusion)

    @property
    def folder(self) -> Path | None:
        """The folder, when the source is local."""
        path = Path(self.location)
        return path if path.is_dir() else None

    def config(self, **changes: Any) -> Any:
        """The model's configuration with some attributes replaced."""
        with self._teaching():
            config = AutoConfig.from_pretrained(self.location, trust_remote_code=False, **changes)
        return joined(config, self.fusion, self.name)

    def fills_texts(self) -> bool:
        """Whether the model reads every text filled up to one length, without a mask."""
        return fills_texts(self.config())

    def tokenizer(self) -> Any:
        """The model's tokenizer, with a padding token (the end-of-text token where it has none).

        Raises:
            UserError: no tokenizer can be loaded from there, or one without a vocabulary.
        """
        with self._teaching(), quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(self.location, trust_remote_code=False, use_fast=True)
        if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
            # what transformers makes for some families when the tokenizer's files are missing
            raise UserError(
                f"{self.name} has a tokenizer without a vocabulary: every word would be read as unknown.\n"
                "  Its folder lacks tokenizer.json (or vocab.txt, or the sentencepiece model). Copy it there from "
                "where the model comes from."
            )
        if tokenizer.pad_token_id is None:
            if tokenizer.eos_token is None:
                raise UserError(f"The tokenizer of {self.name} has neither a padding nor an end-of-text token.")
            tokenizer.pad_token = tokenizer.eos_token
        return tokenizer

    def image_processor(self) -> Any:
        """What sizes and scales pictures for this model, of Pillow alone.

        Raises:
            UserError: the model reads no pictures, or its preprocessor_config.json is missing.
        """
        return self._processor(AutoImageProcessor, "pictures")

    def feature_extractor(self) -> Any:
        """What turns sampled sound into this model's input.

        Raises:
            UserError: the model hears no sound, or its preprocessor_config.json is missing.
        """
        return self._processor(AutoFeatureExtractor, "sounds")

    def _processor(self, auto_class: Any, what: str) -> Any:
        kind = self.config().model_type
        try:
            with quiet_transformers():
                return auto_class.from_pretrained(self.location, trust_remote_code=False)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{self.name} ({kind}) does not say how {what} are prepared for it.\n"
                f"  Name a model that reads {what}; if this one does, put its preprocessor_config.json beside "
                "config.json."
            ) from error

    def model(self, auto_class: Any, config: Any) -> tuple[nn.Module, dict[str, Any]]:
        """Load weights in fp32 into a model of `auto_class`; also answers transformers' loading report."""
        with self._teaching(), quiet_transformers():
            model, report = auto_class.from_pretrained(
                self.location,
                config=config,
                dtype="float32",
                use_safetensors=True,
                trust_remote_code=False,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
        return model, report

    def encoder(self) -> nn.Module:
        """The bare pretrained model, without a head, in evaluation mode; of two towers what they say of a row."""
        body = self.model(AutoModel, self.config())[0].eval()
        return body if self.fusion is None else TowerVectors(body)

    def weight_names(self) -> frozenset[str] | None:
        """The names of all weights in a folder's files, from their heads alone; None for a hub model, or where a file
        cannot be read."""
        if self.folder is None:
            return None
        found: set[str] = set()
        for file in sorted(self.folder.glob("*.safetensors")):
            try:
                with safe_open(file, framework="pt") as weights:
                    found.update(weights.keys())
            except (OSError, SafetensorError):  # loading says it better
                return None
        return frozenset(found)

    def fingerprint(self) -> str:
        """sha256 over names and bytes of the files that decide the weights; the id itself for a hub model."""
        if self.folder is None:
            return hashlib.sha256(self.location.encode()).hexdigest()
        digest = hashlib.sha256()
        for file in sorted({f for pattern in _FINGERPRINTED for f in self.folder.glob(pattern)}):
            digest.update(file.name.encode())
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()

    def licence(self) -> str | None:
        """The licence stated in the model card's front matter, where there is a card."""
        card = self.folder / "README.md" if self.folder else None
        if card is None or not card.is_file():
            return None
        found = re.search(r"^license:[ \t]*(\S+)", card.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        return found[1] if found else None

    @contextlib.contextmanager
    def _teaching(self) -> Iterator[None]:
        """Turn what transformers raises for a wrong or unreachable source into an answer."""
        try:
            yield
        except (OSError, ValueError, KeyError, TypeError, ImportError, SafetensorError) as error:
            raise UserError(self._advice(error)) from error

    def _advice(self, error: Exception) -> str:
        first = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        text = str(error)
        if "trust_remote_code" in text:
            return (
                f"{self.name} needs code from its own repository, which tunewright never runs.\n"
                "  Use a model whose architecture is part of transformers."
            )
        if isinstance(error, ImportError) and "sentencepiece" in text.lower():
            return (
                f"The tokenizer of {self.name} needs the package 'sentencepiece', which is not installed.\n"
                "  Install it with: pip install 'tunewright[sentencepiece]'"
            )
        if self.folder is not None:
            files = sorted(p.name for p in self.folder.iterdir())
            if "config.json" not in files:
                return (
                    f"The folder {self.name} holds no model: it has no config.json. "
                    f"It holds {', '.join(files[:8]) or 'no files'}.\n"
                    "  Give a folder written by save_pretrained, or the model/ folder of a run."
                )
            if not any(name.endswith(".safetensors") for name in files) and any(n.endswith(".bin") for n in files):
                return (
                    f"The folder {self.name} holds pickled weights (.bin), which can run code when they are opened.\n"
                    "  Convert them once, where you trust them: model.save_pretrained(folder, safe_serialization=True)"
                )
            return f"The model in {self.name} cannot be loaded: {first}"
        looks_local = self.location.startswith((".", "/", "~")) or self.location.count("/") > 1
        if looks_local or "Repo id must" in text:
            return f"There is no folder {self.location}.\n  A model is a local folder, a hub id, or sample://minilm."
        return (
            f"The model {self.name!r} is neither a local folder nor reachable on the hub: {first}\n"
            "  Check the name and the connection, or use a local folder or sample://minilm."
        )
