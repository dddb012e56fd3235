"""scikit-learn, imported when the first baseline is computed.

Its import takes most of a second of CPU, which every command would pay and a training that is still under way has no
use for.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["scikit_learn"]


def scikit_learn(module: str) -> Any:
    """A module of scikit-learn: `scikit_learn("linear_model").Ridge`."""
    return importlib.import_module(f"sklearn.{module}")
