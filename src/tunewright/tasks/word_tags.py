"""Between entities and tags of words: what the loss of `tag` is given, and what its outputs mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunewright.data.tag_schemes import Entity
from tunewright.inputs import Encoded
from tunewright.inputs.words import Spans

__all__ = ["IGNORED", "best_tokens", "read_tags", "tags_of_words"]

IGNORED = -1
"""Target of a token that begins no word: it is not learned."""


def tags_of_words(words: Spans, found: Sequence[Entity], names: Sequence[str]) -> NDArray[np.int64]:
    """The tag of each word as an index into `names`: B on the first word that an entity touches, I on the others."""
    index = {name: position for position, name in enumerate(names)}
    tags = np.full(len(words), index["O"], dtype=np.int64)
    for start, end, kind in found:
        touched = np.flatnonzero((words[:, 0] < end) & (words[:, 1] > start))
        tags[touched] = index[f"I-{kind}"]
        tags[touched[:1]] = index[f"B-{kind}"]
    return tags


def read_tags(
    words: Spans, tags: NDArray[np.int64], scores: NDArray[np.float64], names: Sequence[str], cut: bool
) -> tuple[list[Entity], list[float]]:
    """The entities that tags of words spell, and the score of the least certain word of each.

    An I that follows nothing of its type begins an entity, as conlleval and seqeval read it. A word without a tag of
    its own (the tokenizer gave it no token, or one it shares) goes on with what stands before it; behind the end of a
    row that was cut there is nothing.

    Args:
        words: of the row.
        tags: (words,) index into `names`, -1 where the model said nothing.
        scores: (words,) probability of each tag.
        names: tags in BIO.
        cut: whether the row's end was never read.
    """
    found: list[list[int | str]] = []
    told: list[float] = []
    kind = ""
    last = int(np.flatnonzero(tags >= 0)[-1]) if (tags >= 0).any() else -1
    for position, tag in enumerate(tags.tolist()):
        if tag < 0:
            if kind and (position < last or not cut):
                found[-1][1] = int(words[position, 1])
            elif position > last:
                kind = ""
            continue
        letter, _, own = names[tag].partition("-")
        if letter == "O":
            kind = ""
        elif letter == "I" and own == kind:
            found[-1][1] = int(words[position, 1])
            told[-1] = min(told[-1], float(scores[position]))
        else:
            found.append([int(words[position, 0]), int(words[position, 1]), own])
            told.append(float(scores[position]))
            kind = own
    return [(int(start), int(end), str(own)) for start, end, own in found], told


def best_tokens(encoded: Encoded, row: int, samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each word of a row, the token whose output is its answer: (words,) positions in `encoded.ids`, or -1.

    Of several windows that hold a word, the one in which it has most neighbours on its poorer side.
    """
    assert encoded.words is not None
    words = len(encoded.words.of(row))
    chosen = np.full(words, -1, dtype=np.int64)
    room = np.full(words, -1, dtype=np.int64)
    for sample in samples.tolist():
        start, end = int(encoded.offsets[sample]), int(encoded.offsets[sample + 1])
        at = np.flatnonzero(encoded.words.first[start:end] >= 0)
        own = encoded.words.first[start:end][at]
        # the first window has nothing before it that another could see, and the last nothing behind it
        left = np.where(sample == samples[0], end - start, at)
        right = np.where(sample == samples[-1], end - start, end - start - 1 - at)
        context = np.minimum(left, right)
        better = context > room[own]
        chosen[own[better]] = at[better] + start
        room[own[better]] = context[better]
    return chosen
