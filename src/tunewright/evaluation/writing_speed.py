"""How quickly a model writes one answer: until its first token, and from there on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tunewright import records
from tunewright.evaluation.subject import Subject
from tunewright.models.generation import Decoding, write
from tunewright.tasks.generation import kept_prompts, room_for, stops

__all__ = ["TimedAnswer", "speed_of", "writes_answers", "written_answer"]


def writes_answers(subject: Subject) -> bool:
    """Whether new rows are answered by a text that a causal model goes on with."""
    nothing: dict[str, list[Any]] = {name: [] for name in subject.inputs.predict_columns}
    return subject.task.prompts(subject.inputs, nothing, subject.tokenizer) is not None


def written_answer(subject: Subject, row: int, new_tokens: int) -> TimedAnswer:
    """The answer to a measured row, as `predict` writes it: tokenisation included, in fp32.

    It goes on behind its end, up to `new_tokens` or to the end of the room there is: else the figures of a model that
    answers in a word would be made of one token.
    """
    answer = TimedAnswer()
    columns = subject.measured.table.columns
    cells = {name: [columns[name][row]] for name in subject.inputs.predict_columns}
    prompts = subject.task.prompts(subject.inputs, cells, subject.tokenizer)
    assert prompts is not None
    (prompt,), _ = kept_prompts(prompts, subject.max_length, new_tokens)
    room = room_for(len(prompt), subject.max_length, new_tokens)
    ids = torch.tensor([prompt], dtype=torch.int64)
    given = {
        "eos_token_id": stops(subject.model, subject.tokenizer),
        "pad_token_id": subject.tokenizer.pad_token_id,
        "min_new_tokens": room,
        "streamer": answer,
    }
    write(
        subject.model,
        lambda _: {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
        [np.zeros(1, dtype=np.int64)],
        Decoding(max_new_tokens=room, given=given),
        device=subject.device,
        precision="fp32",
    )
    return answer


class TimedAnswer:
    """When the tokens of an answer came; a streamer, as transformers calls it."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.times: list[float] = []
        self.prompt = 0

    def put(self, tokens: torch.Tensor) -> None:
        """Told of the prompt, and then of each token."""
        self.times.append(time.perf_counter())
        self.prompt = self.prompt or int(tokens.numel())

    def end(self) -> None:
        """Told that nothing follows."""

    @property
    def until_first(self) -> float:
        """Seconds from the text to the first token."""
        return self.times[1] - self.begun

    @property
    def behind(self) -> tuple[int, float]:
        """Tokens behind the first, and the seconds that they took."""
        return len(self.times) - 2, self.times[-1] - self.times[1]


def speed_of(answers: Sequence[TimedAnswer]) -> records.WritingSpeed:
    """The figures of several answers."""
    p50, p95 = np.percentile([answer.until_first for answer in answers], [50, 95])
    tokens, seconds = (sum(values) for values in zip(*(answer.behind for answer in answers), strict=True))
    return records.WritingSpeed(
        first_token_p50=float(p50),
        first_token_p95=float(p95),
        tokens_per_second=tokens / seconds if seconds else None,
        new_tokens=max(len(answer.times) - 1 for answer in answers),
        prompt_tokens=int(np.median([answer.prompt for answer in answers])),
        answers=len(answers),
    )
