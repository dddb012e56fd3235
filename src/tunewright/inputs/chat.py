"""Conversations as a model reads them, through its own chat template, and which tokens are answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Unpack

import numpy as np
from jinja2 import TemplateError
from numpy.typing import NDArray

from tunewright.errors import Problem, RecipeError
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Cells, Input, Reading

__all__ = ["PLAIN_TEMPLATE", "ChatInput", "Turns", "answer_spans", "end_of_turn", "marked_tokens", "prompt_ids"]

Turns = list[dict[str, str]]
"""`[{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]`"""

PLAIN_TEMPLATE = (
    "{% for message in messages %}{% if loop.first %}{{ bos_token or '' }}{% endif %}"
    "{{ '### ' + message['role'] | capitalize + '\\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Assistant\\n' }}{% endif %}"
)
"""For tokenizers that bring none: a line with the role, the text, and the end-of-text token behind each answer."""


class ChatInput(Input):
    """What is asked and what is answered; the answers are learned."""

    converses: ClassVar[bool] = True

    @property
    def turns_column(self) -> str:
        """The column of new rows whose cells may be turns; empty where all are texts."""
        return ""

    @abstractmethod
    def turns(self, cells: Cells) -> list[Turns]:
        """The conversation of each row."""

    def texts(self, cells: Cells) -> list[str]:
        """For people: a line break between turns, each with its role."""
        return ["\n".join(f"{turn['role']}: {turn['content']}" for turn in turns) for turns in self.turns(cells)]

    def encode(
        self,
        cells: Cells,
        tokenizer: Any,
        max_length: int,
        progress: Callable[[int, int], None] | None = None,
        **how: Unpack[Reading],
    ) -> Encoded:
        """Rows through the chat template; marks are 1 for tokens of answers and of the sign that ends them."""
        ids: list[list[int]] = []
        marks: list[np.ndarray] = []
        full: list[int] = []
        conversations = self.turns(cells)
        for number, turns in enumerate(conversations, 1):
            tokens, learned = marked_tokens(turns, tokenizer)
            full.append(len(tokens))
            ids.append(tokens[:max_length])
            marks.append(learned[:max_length])
            if progress and number % 1024 == 0:
                progress(number, len(conversations))
        return marked_rows(ids, marks, full, tokenizer)


def marked_rows(
    ids: Sequence[Sequence[int]], marks: Sequence[NDArray[np.int8]], full: Sequence[int], tokenizer: Any
) -> Encoded:
    """Rows whose tokens each have a mark.

    Args:
        ids, marks: of each row, of equal lengths.
        full: tokens of each row before anything was cut.
        tokenizer: of the model.
    """
    flat = np.asarray([token for row in ids for token in row], dtype=np.int32)
    unknown = tokenizer.unk_token_id
    return Encoded(
        ids=flat,
        offsets=np.concatenate(([0], np.cumsum([len(row) for row in ids]))).astype(np.int64),
        types=None,
        full_lengths=np.asarray(full, dtype=np.int64),
        unknown=0 if unknown is None or unknown == tokenizer.eos_token_id else int((flat == unknown).sum()),
        pad_id=int(tokenizer.pad_token_id),
        marks=np.concatenate([np.zeros(0, dtype=np.int8), *marks]),
    )


def marked_tokens(turns: Turns, tokenizer: Any, last_only: bool = False) -> tuple[list[int], NDArray[np.int8]]:
    """A conversation as tokens, and 1 for each that is part of an answer, or of the last one."""
    text, spans = answer_spans(turns, tokenizer)
    out = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    places = np.asarray(out["offset_mapping"], dtype=np.int64).reshape(-1, 2)
    learned = np.zeros(len(places), dtype=np.int8)
    for start, end in spans[-1:] if last_only else spans:
        learned[(places[:, 0] >= start) & (places[:, 1] <= end) & (places[:, 1] > places[:, 0])] = 1
    return out["input_ids"], learned


def answer_spans(turns: Turns, tokenizer: Any) -> tuple[str, list[tuple[int, int]]]:
    """A conversation as the model's template writes it, and which characters are answers with the sign that ends them.

    An answer is what the template adds to the conversation before it with the generation prompt: so at inference the
    model goes on exactly where it has learned to. Where a template rewrites earlier answers (some cut their reasoning
    away), these are not learned.

    Raises:
        RecipeError: the last answer does not stand behind the generation prompt, so that nothing could be learned.
    """
    whole = _written(turns, tokenizer)
    spans = []
    for number, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        before = _written(turns[:number], tokenizer, add_generation_prompt=True)
        here = _written(turns[: number + 1], tokenizer).rstrip()
        if whole.startswith(before) and whole.startswith(here):
            spans.append((len(before), len(here)))
        elif number == len(turns) - 1:
            what = "has a chat template whose generation prompt is not what stands before an answer"
            hint = "Repair its chat_template, or remove it: a plain one is used then."
            raise RecipeError("The recipe cannot be used.", [Problem("model", what, hint)])
    return whole, spans


def prompt_ids(turns: Turns, tokenizer: Any) -> list[int]:
    """What the model is given to answer the last question: the conversation without its last answer."""
    asked = turns[:-1] if turns and turns[-1]["role"] == "assistant" else turns
    text = _written(asked, tokenizer, add_generation_prompt=True)
    found: list[int] = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return found


def end_of_turn(tokenizer: Any) -> int:
    """The token that ends an answer in the model's template."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    text, spans = answer_spans(turns, tokenizer)
    return int(tokenizer(text[: spans[-1][1]], add_special_tokens=False, verbose=False)["input_ids"][-1])


def _written(turns: Sequence[dict[str, str]], tokenizer: Any, add_generation_prompt: bool = False) -> str:
    try:
        found: str = tokenizer.apply_chat_template(
            list(turns), tokenize=False, add_generation_prompt=add_generation_prompt
        )
    except TemplateError as error:
        what = f"has a chat template that refuses a conversation: {error}"
        hint = "Change the conversations (a template may know no turn of the system), or repair its chat_template."
        raise RecipeError("The recipe cannot be used.", [Problem("model", what, hint)]) from None
    return found
