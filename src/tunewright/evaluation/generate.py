"""Sample answers, before the training and after."""

from __future__ import annotations

import functools
from typing import Literal

import numpy as np
from pydantic import Field

from tunewright import records
from tunewright.evaluation.subject import Probe, Subject
from tunewright.inputs.chat import ChatInput, prompt_ids
from tunewright.tasks.generation import Continued, generated

__all__ = ["Generate"]


class Generate(Probe):
    """Answers of the model as it was and as it is now to some measured rows, beside the answers in the data.

    For `instruct` and `prefer`. No figure: for people to read. The same rows and words come out in every run.
    """

    kind: Literal["generate"] = "generate"
    """Which probe this is."""
    rows: int = Field(default=5, ge=1)
    """Rows that are answered, a seeded draw of the measured ones."""
    max_new_tokens: int = Field(default=128, ge=1)
    """Longest answer in tokens."""

    def measure(self, subject: Subject) -> records.Generations:
        split, inputs = subject.measured, subject.inputs
        if not isinstance(inputs, ChatInput) or subject.base is None:
            return records.Generations(notes=(f"The task {subject.task.kind} writes no answers.",))
        subject.report_progress(f"Writing {self.rows} answers, before and after")
        chosen = np.sort(np.random.default_rng(subject.seed).permutation(len(split))[: self.rows])
        table = split.table.take(chosen)
        turns = inputs.turns(table.columns)
        prompts = [prompt_ids(each, subject.tokenizer) for each in turns]
        after, before = (
            generated(
                model,
                prompts,
                subject.tokenizer,
                max_length=subject.max_length,
                max_new_tokens=self.max_new_tokens,
                token_budget=subject.token_budget,
                progress=functools.partial(_told, subject, who),
            )
            for model, who in ((subject.model, "after"), (subject.base().eval(), "before"))
        )
        found = []
        for row, each in enumerate(turns):
            place = split.table.place(int(chosen[row]))
            asked = "\n".join(turn["content"] for turn in each[:-1])
            found.append(
                records.Generation(
                    file=place.file,
                    line=place.line,
                    prompt=asked[:TEXT_LENGTH],
                    reference=each[-1]["content"][:TEXT_LENGTH],
                    before=before.texts[row][:TEXT_LENGTH],
                    after=after.texts[row][:TEXT_LENGTH],
                )
            )
        return records.Generations(samples=tuple(found), notes=_unread(after))


def _told(subject: Subject, who: str, done: int, count: int) -> None:
    subject.report_progress(f"Wrote {done} of {count} answers, {who} the training")


def _unread(found: Continued) -> tuple[str, ...]:
    """How many questions were read from their end alone."""
    cut = sum(tokens > 0 for tokens in found.cut)
    if not cut:
        return ()
    return (
        f"{cut} of {len(found.cut)} questions left no room for an answer within data.max_length: of these only the end "
        "was read.",
    )


TEXT_LENGTH = 1000
