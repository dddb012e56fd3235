"""The first sentences of a text: for news, hard to beat."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.baselines.copy_source import sources
from tunewright.evaluation.subject import Split, Subject
from tunewright.tasks.text_rows import TextRows

__all__ = ["Lead", "first_sentences"]

SENTENCES = 3
_SENTENCE = re.compile(r".+?(?:[.!?]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」』）]*|\n|$)", re.DOTALL)


def first_sentences(text: str, most: int = SENTENCES) -> str:
    """The first sentences, ended by a full stop, a sign like it in any script, or a line break."""
    found = [match.group() for match in _SENTENCE.finditer(text) if match.group().strip()]
    return "".join(found[:most]).strip()


class Lead(Baseline):
    """The first three sentences (Nallapati et al. 2017): what a summary must beat."""

    title: ClassVar[str] = "the first three sentences"

    kind: Literal["lead"] = "lead"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        return Attempt(TextRows([first_sentences(text) for text in sources(subject, measured)]))
