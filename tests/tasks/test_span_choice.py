"""Between places and tokens."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tiny_models import WORDS, bytes_tokenizer, tiny_tokenizer

from tunewright.inputs.context_tokens import NOWHERE, tokenize_contexts
from tunewright.tasks.span_choice import choose, cover, marks

TOOLS = (tiny_tokenizer(), bytes_tokenizer())
CONTEXTS = st.one_of(
    st.lists(st.sampled_from([*WORDS, "308", "6½", "hyphen-ated", "l'eau"]), min_size=1, max_size=30).map(" ".join),
    st.text("ab 北京黑豹队 đội", min_size=1, max_size=30),
)


@settings(max_examples=150)
@given(
    context=CONTEXTS, places=st.tuples(st.integers(0, 400), st.integers(1, 12)), which=st.sampled_from(TOOLS),
    limit=st.integers(24, 60),
)  # fmt: skip
def test_an_answer_encoded_and_decoded_is_the_answer(context, places, which, limit) -> None:
    """Danger: answers that come out shifted by a word, a byte or a window. What comes out is the answer, or the least
    that its tokens can say: it begins and ends inside the first and the last token that the answer touches."""
    start = places[0] % len(context)
    end = min(len(context), start + places[1])
    text = context[start:end]
    assume(text.strip())
    encoded = tokenize_contexts([("who", context)], which, limit, 8)
    words = encoded.words.of(0)
    own = cover(words, start, end)
    assume(own is not None)
    decoded = []
    for sample in range(len(encoded)):
        first = encoded.words.first[encoded.offsets[sample] : encoded.offsets[sample + 1]]
        said = marks(words, first, [(start, text)])
        if not (said[first >= 0] == 1).any():
            continue
        choice = choose(np.where(said == 1, 9.0, -9.0).astype(np.float32), first, len(words))
        decoded.append((int(words[choice.span[0], 0]), int(words[choice.span[1], 1])))
    assert len(set(decoded)) <= 1, "every window that holds the answer says the same"
    if decoded:
        low, high = decoded[0]
        assert (low, high) == (words[own[0], 0], words[own[1], 1])
        inside = words[(words[:, 0] >= start) & (words[:, 1] <= end)]
        if len(inside) == own[1] - own[0] + 1:
            assert context[low:high] == text.strip()
        assert low <= start + len(text) - len(text.lstrip()) < high
    elif len(encoded) == 1:
        raise AssertionError("the whole context was read")


def test_windows_without_the_answer_learn_to_say_so() -> None:
    """Danger: a window without the answer learns a wrong place; one with half of it learns that there is none."""
    words = np.array([[0, 1], [2, 3], [4, 5], [6, 7]], dtype=np.int32)
    right = [(2, "b c")]
    whole = marks(words, np.array([NOWHERE, -1, 0, 1, 2, 3, -1]), right)
    assert whole.tolist() == [[0, 0], [-1, -1], [0, 0], [1, 0], [0, 1], [0, 0], [-1, -1]]
    assert marks(words, np.array([NOWHERE, -1, 3, -1]), right).tolist() == [[1, 1], [-1, -1], [0, 0], [-1, -1]]
    assert not (marks(words, np.array([NOWHERE, -1, 2, 3, -1]), right) == 1).any()
    assert marks(words, np.array([NOWHERE, 0, 1]), [])[0].tolist() == [1, 1]


def test_the_likeliest_answer_is_in_order_and_not_too_long() -> None:
    """Danger: an end before its start, or half the text as an answer."""
    first = np.array([NOWHERE, -1, 0, 1, 2, 3])
    logits = np.full((6, 2), -5.0, dtype=np.float32)
    logits[5, 0] = logits[2, 1] = 5.0  # starts last, ends first
    logits[3, 0] = logits[4, 1] = 4.0
    found = choose(logits, first, 30)
    assert found.span == (1, 2)
    assert found.score > found.nothing
    assert choose(logits, first, 1).span in {(0, 0), (3, 3)}
    brute = max((float(logits[s, 0] + logits[e, 1]), (s, e)) for s in range(2, 6) for e in range(s, 6))
    assert brute[1] == (3, 4)


def test_probabilities_are_over_what_can_be_an_answer() -> None:
    """Danger: a probability that depends on the words of the question."""
    first = np.array([NOWHERE, -1, 0])
    found = choose(np.array([[0, 0], [99, 99], [0, 0]], dtype=np.float32), first, 30)
    assert np.exp(found.score) == np.exp(found.nothing) == 0.25
    assert choose(np.zeros((1, 2), dtype=np.float32), np.array([-1]), 5).span is None
