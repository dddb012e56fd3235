"""How a model is asked: thoroughly, unless somebody says otherwise."""

from __future__ import annotations

import torch

from tunewright.tasks.asking import Asking


def test_asking_is_thorough_by_default() -> None:
    """Danger: figures of a finished model made with the quick search of validation."""
    assert not Asking(None, torch.device("cpu"), "fp32", 2048).quick
