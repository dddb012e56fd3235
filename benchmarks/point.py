"""Settings of the peer, transformers' Trainer. Loads nothing, so that the parent of all measurements stays small."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["GUIDE", "Point"]


@dataclass(frozen=True)
class Point:
    """One setting of the Trainer.

    Attributes:
        micro_batch: rows of one forward; accumulation makes up the batch. None is the whole batch.
        to_longest: pad each micro-batch to its longest row, and group rows of like length; else all to the maximum.
        bf16: autocast, where this machine multiplies bf16 natively; else fp32.
        attention_dropout: the model's own; off leaves room for the quick kernel, as on our side.
        compiled: torch.compile, whose cost is then counted.
    """

    micro_batch: int | None = None
    to_longest: bool = True
    bf16: bool = True
    attention_dropout: bool = False
    compiled: bool = False

    @property
    def name(self) -> str:
        """For tables and files."""
        if not self.to_longest:
            return "guide"
        return f"micro-{self.micro_batch}" + ("-compiled" if self.compiled else "")

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


GUIDE = Point(None, to_longest=False, bf16=False, attention_dropout=True)
"""fp32, every row padded to 512, the batch as it is: what most guides and model cards write."""
