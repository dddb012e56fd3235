"""Two texts a row, read together."""

from __future__ import annotations

from tiny_models import tiny_tokenizer

from tunewright.inputs.text_pair import TextPairInput


def test_pairs_keep_their_order_and_segments() -> None:
    """Danger: premise and hypothesis exchanged, or both in one segment."""
    part = TextPairInput(text="premise", pair="hypothesis")
    cells = {"hypothesis": ["not boring"], "premise": ["good film"]}
    assert part.texts(cells) == [("good film", "not boring")]
    encoded = part.encode(cells, tiny_tokenizer(), 64)
    peer = tiny_tokenizer()("good film", "not boring")
    assert encoded.ids.tolist() == peer["input_ids"]
    assert encoded.types is not None
    assert encoded.types.tolist() == peer["token_type_ids"] == [0, 0, 0, 0, 1, 1, 1]


def test_columns_of_both_sides() -> None:
    """Danger: the audit checks fewer columns than the model reads."""
    part = TextPairInput(text=("title", "body"), pair="answer")
    assert part.columns == ("title", "body", "answer")
    assert part.texts({"title": ["a"], "body": ["b"], "answer": ["c"]}) == [("a\nb", "c")]


def test_the_longer_side_is_cut_first() -> None:
    """Danger: a short question cut away whole to save a long passage."""
    part, tool = TextPairInput(text="q", pair="p"), tiny_tokenizer()
    question, passage = "good film", "one two three four five six seven eight"
    encoded = part.encode({"q": [question], "p": [passage]}, tool, 9)
    assert encoded.ids.tolist() == tool(question, " ".join(passage.split()[:4]))["input_ids"]
    assert encoded.tokens_lost == 4
    turned = part.encode({"q": [passage], "p": [question]}, tool, 9)
    assert turned.ids.tolist() == tool(" ".join(passage.split()[:4]), question)["input_ids"]
