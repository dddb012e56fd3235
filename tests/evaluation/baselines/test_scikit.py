"""scikit-learn on demand."""

from __future__ import annotations

import subprocess
import sys

from tunewright.evaluation.baselines.scikit import scikit_learn

CODE = """
import sys
import tunewright.cli.train
from tunewright.recipe import Recipe
Recipe(model="sample://minilm", data={"train": "a.csv", "inputs": {"text": "text"}, "target": "label"})
print(sorted({"sklearn", "pandas", "peft"} & set(sys.modules)))
"""


def test_it_is_there_when_asked_for():
    assert scikit_learn("linear_model").Ridge().alpha == 1.0


def test_a_training_starts_without_it():
    """Each of these packages costs every command up to a second, were it only imported somewhere at the top."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
