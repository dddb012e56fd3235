"""A causal model learns to answer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.errors import Problem, RecipeError
from tunewright.inputs import Encoded, Input
from tunewright.inputs.chat import PLAIN_TEMPLATE, ChatInput, end_of_turn, prompt_ids
from tunewright.inputs.input import Cells
from tunewright.inputs.preference import PreferenceInput
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source
from tunewright.tasks.generation import generated
from tunewright.tasks.next_token import NextToken
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space

__all__ = ["Instruct"]


class Instruct(NextToken):
    """Supervised fine-tuning of a causal model on conversations: the tokens of answers are learned, those of questions
    are read.

    Rows are written by the model's own chat template; a plain one is used, and saved with the model, where it has none.
    The sign that ends an answer is learned too, so that the model knows when to stop.
    """

    kind: Literal["instruct"] = "instruct"
    """Which task this is."""

    def words(self) -> bool:
        return False

    def misfit(self, inputs: Input) -> tuple[str, str] | None:
        if isinstance(inputs, ChatInput) and not isinstance(inputs, PreferenceInput):
            return None
        hint = "Write {messages: COLUMN}, or {prompt: COLUMN, response: COLUMN}."
        return f"is {inputs.kind}, and instruct learns answers to questions", hint

    def ready(self, config: Any, tokenizer: Any) -> None:
        """A chat template, without which nothing would end an answer."""
        if tokenizer.chat_template is None:
            if tokenizer.eos_token is None:
                what = "has a tokenizer without a chat template and without an end-of-text token: no answer could end"
                raise RecipeError("The recipe cannot be used.", [Problem("model", what, "Use a causal model's own.")])
            tokenizer.chat_template = PLAIN_TEMPLATE

    def marked(self, encoded: Encoded, tokenizer: Any) -> Encoded:
        return replace(encoded, pad_left=False)

    def learnable(self, encoded: Encoded) -> NDArray[np.bool_]:
        assert encoded.marks is not None
        learned: NDArray[np.bool_] = encoded.marks == 1
        learned[encoded.offsets[:-1][np.diff(encoded.offsets) > 0]] = False
        return learned

    def counted(self, encoded: Encoded) -> NDArray[np.bool_]:
        return self.learnable(encoded)

    def learned(self, arguments: Mapping[str, Tensor]) -> Tensor:
        return arguments["marks"] == 1

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        """With the sign that ends answers among those at which `generate` stops."""
        found, tokenizer = super().model(source, space, options), source.tokenizer()
        self.ready(source.config(), tokenizer)
        settings = cast(Any, found).generation_config
        known = settings.eos_token_id
        ends = [] if known is None else [known] if isinstance(known, int) else list(known)
        settings.eos_token_id = list(dict.fromkeys([*ends, end_of_turn(tokenizer)]))
        if settings.pad_token_id is None:
            settings.pad_token_id = options.pad_token_id
        return found

    def faults(self, encoded: Encoded) -> dict[int, str]:
        """Rows of which nothing is learned, or everything, and why that is wrong."""
        assert encoded.marks is not None
        found = {}
        for row, (low, high) in enumerate(zip(encoded.offsets, encoded.offsets[1:], strict=False)):
            marks = encoded.marks[low:high]
            if not marks.any():
                cut = encoded.full_lengths[row] > high - low
                found[row] = "the answer lies beyond data.max_length" if cut else "no token is part of an answer"
            elif marks.all():
                found[row] = "every token is part of an answer"
        return found

    def learned_pieces(self, encoded: Encoded, row: int, tokenizer: Any) -> list[tuple[str, bool]]:
        """The text of a row in pieces, each with whether it is learned."""
        low, high = int(encoded.offsets[row]), int(encoded.offsets[row + 1])
        learned = self.learnable(encoded.take([row]))
        borders = [0, *(np.flatnonzero(np.diff(learned)) + 1).tolist(), high - low]
        return [
            (tokenizer.decode(encoded.ids[low + start : low + end].tolist()), bool(learned[start]))
            for start, end in itertools.pairwise(borders)
            if end > start
        ]

    def given_anew(self, inputs: Input, cells: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
        assert isinstance(inputs, ChatInput)
        return [{"messages": turns} for turns in inputs.turns(cells)]

    def replies(
        self, model: nn.Module, inputs: Input, cells: Cells, tokenizer: Any, max_length: int
    ) -> list[Prediction] | None:
        """An answer to each row's last question."""
        found = generated(model, self.prompts(inputs, cells, tokenizer), tokenizer, max_length=max_length)
        return [
            Prediction(text, None, {}, columns={"response": text}, unread=cut)
            for text, cut in zip(found.texts, found.cut, strict=True)
        ]

    def prompts(self, inputs: Input, cells: Cells, tokenizer: Any) -> list[list[int]]:
        assert isinstance(inputs, ChatInput)
        return [prompt_ids(turns, tokenizer) for turns in inputs.turns(cells)]
