"""A question and its answer, in columns of their own."""

from __future__ import annotations

from typing import Literal

from tunewright.inputs.chat import ChatInput, Turns
from tunewright.inputs.input import Cells
from tunewright.inputs.tokens import ColumnNames, join_cells

__all__ = ["PromptResponseInput"]


class PromptResponseInput(ChatInput):
    """A question, or an instruction with what it is about, and the answer that is learned (Alpaca, GSM8K)."""

    kind: Literal["prompt+response"] = "prompt+response"
    """Which input this is."""
    prompt: ColumnNames
    """Column that holds the question, or a list of columns (`[instruction, input]`), joined by a line break."""
    response: ColumnNames
    """Column that holds the answer, or a list of columns."""
    system: str | None = None
    """A turn of the system that is put before each question."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self._names(self.prompt), *self._names(self.response))

    @property
    def predict_columns(self) -> tuple[str, ...]:
        return self._names(self.prompt)

    @property
    def roles(self) -> dict[str, str]:
        return {"prompt": " + ".join(self._names(self.prompt)), "response": " + ".join(self._names(self.response))}

    @staticmethod
    def _names(names: ColumnNames) -> tuple[str, ...]:
        return (names,) if isinstance(names, str) else names

    def turns(self, cells: Cells) -> list[Turns]:
        """Rows whose answers are not among the cells have none."""
        asked = join_cells([cells[name] for name in self._names(self.prompt)])
        answers = self._names(self.response)
        told = join_cells([cells[name] for name in answers]) if all(n in cells for n in answers) else [""] * len(asked)
        led = [{"role": "system", "content": self.system}] if self.system else []
        return [
            [
                *led,
                {"role": "user", "content": question},
                *([{"role": "assistant", "content": answer}] if answer else []),
            ]
            for question, answer in zip(asked, told, strict=True)
        ]
