"""The files by which sentence-transformers knows how to make vectors of a saved encoder."""

from __future__ import annotations

import json
from pathlib import Path

from tunewright.records import write_json, write_text

__all__ = ["write_sentence_files"]

_MODULES = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
"""Names that every version since 2.0 knows, and the folder of each."""


def write_sentence_files(folder: Path, width: int, max_length: int) -> None:
    """Say that a text's vector is the mean over its tokens, of length 1, and that vectors are compared by cosine.

    Args:
        folder: beside `config.json` and the weights.
        width: numbers in a vector.
        max_length: tokens that are read of a text, special ones included.
    """
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{name}"}
        for place, (name, path) in enumerate(_MODULES)
    ]
    pooling = {
        "word_embedding_dimension": width,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
    }
    for _, path in _MODULES[1:]:
        (folder / path).mkdir(exist_ok=True)
    write_json(folder / "1_Pooling" / "config.json", pooling)
    write_json(folder / "2_Normalize" / "config.json", {})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": max_length, "do_lower_case": False})
    write_json(folder / "config_sentence_transformers.json", {"similarity_fn_name": "cosine"})
    write_text(folder / "modules.json", json.dumps(modules, indent=2) + "\n")
