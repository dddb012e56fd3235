"""A question with two answers, of which one was preferred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Unpack

import numpy as np
from pydantic import Field

from tunewright.inputs.chat import ChatInput, Turns, marked_rows, marked_tokens
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Reading
from tunewright.inputs.messages import turns_of

__all__ = ["REJECTED", "PreferenceInput"]

REJECTED = 2
"""What is added to the marks of the second answer and its question."""


class PreferenceInput(ChatInput):
    """Pairs of answers to one question. Both are read in full, each behind the question, as one sample.

    The length limit is for the pair: each answer with its question has half of it.
    """

    kind: Literal["prompt+chosen+rejected"] = "prompt+chosen+rejected"
    """Which input this is."""
    prompt: str = Field(min_length=1)
    """Column that holds the question, or the list of turns before the answers."""
    chosen: str = Field(min_length=1)
    """Column that holds the answer that was preferred."""
    rejected: str = Field(min_length=1)
    """Column that holds the other answer."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.prompt, self.chosen, self.rejected)

    @property
    def predict_columns(self) -> tuple[str, ...]:
        return (self.prompt,)

    @property
    def roles(self) -> dict[str, str]:
        return {"prompt": self.prompt, "chosen": self.chosen, "rejected": self.rejected}

    @property
    def turns_column(self) -> str:
        return self.prompt

    def turns(self, cells: Cells) -> list[Turns]:
        """With the answer that was chosen; new rows have none."""
        if self.chosen in cells and self.rejected in cells:
            return self.both(cells)[0]
        return [turns_of(cell) for cell in cells[self.prompt]]

    def both(self, cells: Cells) -> tuple[list[Turns], list[Turns]]:
        """The conversations with the chosen answers, and those with the rejected ones."""
        asked = [turns_of(cell) for cell in cells[self.prompt]]
        chosen, rejected = (
            [
                [*turns, {"role": "assistant", "content": _answer(cell)}]
                for turns, cell in zip(asked, cells[name], strict=True)
            ]
            for name in (self.chosen, self.rejected)
        )
        return chosen, rejected

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        **how: Unpack[Reading],
    ) -> Encoded:
        """Each pair as one sample, the chosen answer first; marks are 0 and 1 for it, 2 and 3 for the other."""
        ids: list[list[int]] = []
        marks, full = [], []
        for pair in zip(*self.both(cells), strict=True):
            whole = 0
            sides = []
            for side, turns in enumerate(pair):
                tokens, learned = marked_tokens(turns, tokenizer, last_only=True)
                whole += len(tokens)
                room = max(1, max_length // 2)
                sides.append((tokens[:room], learned[:room] + np.int8(REJECTED * side)))
            ids.append([token for tokens, _ in sides for token in tokens])
            marks.append(np.concatenate([learned for _, learned in sides]))
            full.append(whole)
        return marked_rows(ids, marks, full, tokenizer)


def _answer(cell: Any) -> str:
    """A text, or the last of a list of turns, which a csv spells as a text."""
    return turns_of(cell)[-1]["content"] if cell else ""
