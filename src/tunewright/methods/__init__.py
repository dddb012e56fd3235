"""Which weights move: all, the upper layers, or small additions."""

from tunewright.methods.method import Method

__all__ = ["Method"]
