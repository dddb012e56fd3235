"""Texts of many rows: the truth and the answers of tasks whose model writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["TextRows"]


@dataclass(frozen=True, eq=False)
class TextRows:
    """One text a row.

    Attributes:
        texts: of every row; a column of the data may stay on the disk.
        certainty: float64 (rows,) geometric mean of the probabilities of a text's tokens, nan where nobody asked; None
            for the truth.
        cut: bool (rows,) whether a text was ended by the limit on its length; None for the truth.
    """

    texts: Sequence[str]
    certainty: NDArray[np.float64] | None = None
    cut: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: Any) -> TextRows:
        """Some of the rows, in that order."""
        rows = np.arange(len(self.texts))[index]
        return TextRows(
            [self.texts[row] for row in rows.tolist()],
            None if self.certainty is None else self.certainty[rows],
            None if self.cut is None else self.cut[rows],
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The texts' bytes, each behind its length: what a fingerprint is taken of."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in self.texts]
        flat = np.frombuffer(b"".join(b"%d:%s" % (len(text), text) for text in encoded), dtype=np.uint8)
        return flat if dtype is None else flat.astype(dtype)
