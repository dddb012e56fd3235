"""What sentence-transformers reads beside the weights; that it makes our vectors: tests/cli/test_train_pairs.py."""

from __future__ import annotations

import json

from tunewright.models.sentence_files import write_sentence_files


def test_mean_over_tokens_then_length_one(tmp_path) -> None:
    """Danger: a reader of these files takes the first token, or cuts texts at another length than training did."""
    write_sentence_files(tmp_path, 384, 128)
    modules = json.loads((tmp_path / "modules.json").read_text(encoding="utf-8"))
    assert [module["type"].rpartition(".")[2] for module in modules] == ["Transformer", "Pooling", "Normalize"]
    assert all((tmp_path / module["path"]).is_dir() for module in modules)
    pooling = json.loads((tmp_path / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    assert [name for name, value in pooling.items() if value is True] == ["pooling_mode_mean_tokens"]
    assert pooling["word_embedding_dimension"] == 384
    limit = json.loads((tmp_path / "sentence_bert_config.json").read_text(encoding="utf-8"))
    assert limit["max_seq_length"] == 128
