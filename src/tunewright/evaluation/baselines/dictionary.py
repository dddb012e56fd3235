"""The commonest tag of each word: what a list of names, looked up, is worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tunewright.data.tag_schemes import Entity
from tunewright.evaluation.baselines.attempt import Attempt
from tunewright.evaluation.baselines.baseline import Baseline
from tunewright.evaluation.subject import Split, Subject
from tunewright.inputs.words import Spans
from tunewright.tasks.entity_rows import EntityRows
from tunewright.tasks.word_tags import read_tags, tags_of_words

__all__ = ["Dictionary"]


class Dictionary(Baseline):
    """Each word under the tag that it has most often in the training rows; unknown words are in no entity.

    The baseline of the CoNLL shared tasks (Tjong Kim Sang & De Meulder 2003), word by word instead of phrase by phrase,
    so that parts of a name that were seen apart are found together.
    """

    title: ClassVar[str] = "the commonest tag of each word"

    kind: Literal["dictionary"] = "dictionary"
    """Which baseline this is."""

    def answer(self, subject: Subject, measured: Split) -> Attempt:
        """Look every word up. For the task `tag` alone."""
        names = subject.space.names
        seen: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for row, text, words in _rows(subject, subject.train):
            tags = tags_of_words(words, subject.train.truth.of_row(row), names)
            for (start, end), tag in zip(words.tolist(), tags.tolist(), strict=True):
                seen[text[start:end]][tag] += 1
        known = {word: counts.most_common(1)[0] for word, counts in seen.items()}
        shares = {word: count / sum(seen[word].values()) for word, (_, count) in known.items()}
        outside = names.index("O")
        found: list[list[Entity]] = []
        scores: list[list[float]] = []
        for _, text, words in _rows(subject, measured):
            forms = [text[start:end] for start, end in words.tolist()]
            tags = np.array([known[form][0] if form in known else outside for form in forms], dtype=np.int64)
            sure: NDArray[np.float64] = np.array([shares.get(form, 1.0) for form in forms], dtype=np.float64)
            own, told = read_tags(words, tags, sure, names, cut=False)
            found.append(own)
            scores.append(told)
        return Attempt(EntityRows.of(measured.truth.types, found, scores), (f"{len(known):,} words learned",))


def _rows(subject: Subject, split: Split) -> Iterator[tuple[int, str, Spans]]:
    """Number, text and words of each row."""
    assert split.encoded.words is not None
    for row, text in enumerate(subject.inputs.texts(split.table.columns)):
        assert isinstance(text, str)
        yield row, text, split.encoded.words.of(row)
