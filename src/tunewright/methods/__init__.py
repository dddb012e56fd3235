"""Which weights move: all, the upper layers, or small additions."""

from tunewright.methods.adapter_files import load_adapter
from tunewright.methods.method import Method

__all__ = ["Method", "load_adapter"]
