"""What `init` says of the language of real texts, and the base models that it names for them."""

from __future__ import annotations

import pytest

from tunewright.pipeline.starter import starter
from tunewright.recipe import Recipe


@pytest.mark.parametrize(
    ("path", "task", "written_in", "named"),
    [
        ("banking77/train.csv", "classify", "English", "answerdotai/ModernBERT-base"),
        ("imdb_slice/train.jsonl", "classify", "English", "allenai/longformer-base-4096"),
        ("waimai/waimai_10k.csv", "classify", "Chinese", "hfl/chinese-macbert-base"),
        ("ncbi_disease/devel.tsv", "tag", "English", "answerdotai/ModernBERT-base"),
        ("xquad/xquad.vi.json", "answer", "Vietnamese", "FacebookAI/xlm-roberta-base"),
        ("xquad/xquad.zh.json", "answer", "Chinese", "hfl/chinese-macbert-base"),
        ("stsb/sts-dev.tsv", "similarity", "English", "sentence-transformers/all-mpnet-base-v2"),
        ("instructions/alpaca_zh_demo.json", "instruct", "Chinese", "Qwen/Qwen2.5-0.5B-Instruct"),
        ("instructions/dpo_en_demo.json", "prefer", "English", "HuggingFaceTB/SmolLM2-135M-Instruct"),
    ],
)
def test_models_for_real_texts(real_data, tmp_path, path, task, written_in, named):
    """Danger: English told of what is none, or a short list that does not fit the texts."""
    begun = starter(real_data / path, text=None, target=None, task=None, model=None, page=tmp_path / "page.yaml")
    assert begun.guess["task"] == task
    assert named in begun.text and f"on texts in {written_in}," in begun.text
    assert any("knows English alone" in note for note in begun.notes) is (
        written_in != "English" and "model: sample://minilm" in begun.text
    )
    (tmp_path / "page.yaml").write_text(begun.text, encoding="utf-8")
    assert Recipe.read(tmp_path / "page.yaml").task.kind == task
