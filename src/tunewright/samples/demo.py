"""The recipe that `tunewright demo` runs: the first one a newcomer reads, so every line says what it does."""

from __future__ import annotations

__all__ = ["demo_recipe"]

_RECIPE = """\
# Customer messages to eight departments, on a laptop's CPU in a few minutes.
# Try a change without editing: tunewright train demo.yaml training.epochs=1
# Every field with its meaning: tunewright schema

model: sample://minilm            # all-MiniLM-L6-v2; or a hub id, or a local folder

data:
  train: sample://tickets         # 3,600 messages; or your own csv, tsv, jsonl, json, parquet
  inputs: {text: message}         # the column that is read
  target: department              # the column to be predicted
  validation: 10%                 # chooses the best epoch; never trained on
  test: 20%                       # measured on once, at the end; never trained on

task: classify                    # one label a row

method: {kind: freeze, layers: 0} # the word embeddings stay, a fifth faster; or full, or lora

training:
  learning_rate: 2e-4             # null with another method: each has a default of its own
  batch_size: 32
  epochs: 3
  seed: 0

evaluation: [quality, latency, memory]
"""


def demo_recipe() -> str:
    """A recipe for `sample://minilm` on `sample://tickets`, with comments, as YAML text."""
    return _RECIPE
