"""Pairs with texts that are wrong."""

from __future__ import annotations

from tiny_models import tiny_tokenizer

from tunewright.inputs.kept_rows import RowsWriter, open_rows
from tunewright.inputs.text_pair_negative import TextPairNegativeInput
from tunewright.inputs.wrong_partners import with_wrong_partners


def test_cells_of_wrong_partners() -> None:
    """Danger: a list of wrong texts, as JSON or as pandas writes it into a csv, becomes one text; an empty
    cell becomes an empty text that is learned from."""
    part = TextPairNegativeInput(text="t", pair="p", negative="n")
    cells = {"t": ["a"] * 5, "p": ["b"] * 5, "n": ["c", None, " ", ("d", "", "e"), ()]}
    assert part.wrong(cells) == [["c"], [], [], ["d", "e"], []]
    spelled = cells | {"n": ['["c", "d"]', '["c", 1]', "[c]", " [c, d", "[" * 100_000]}
    assert [len(texts) for texts in part.wrong(spelled)] == [2, 1, 1, 1, 1] and part.wrong(spelled)[0] == ["c", "d"]
    printed = cells | {"n": ["['c', 'it\\'s']", "['c', 1]", "['c'] or ['d']", "['c', None]", "[]"]}
    assert [len(texts) for texts in part.wrong(printed)] == [2, 1, 1, 1, 0]
    assert part.wrong(printed)[0] == ["c", "it's"]
    assert part.model_copy(update={"most_negatives": 1}).wrong(cells) == [["c"], [], [], ["d"], []]
    joined = TextPairNegativeInput(text="t", pair="p", negative=("n", "m"))
    assert joined.wrong(cells | {"m": ["x", None, "y", "z", None]}) == [["c\nx"], [], ["y"], ["d  e\nz"], []]


def test_new_rows_need_none() -> None:
    """Danger: predict asks for wrong answers to new questions."""
    part = TextPairNegativeInput(text="t", pair="p", negative="n")
    assert part.predict_columns == ("t", "p")
    assert part.texts({"t": ["a"], "p": ["b"]}) == [("a", "b")]
    encoded = part.encode({"t": ["good"], "p": ["bad"]}, tiny_tokenizer(), 16, apart=True)
    assert encoded.picks is not None and encoded.picks.shape == (1, 0)


def test_they_come_back_from_the_disk(tmp_path) -> None:
    """Danger: shards are written one after another, and the second one's wrong partners are those of the first."""
    part = TextPairNegativeInput(text="t", pair="p", negative="n")
    cells = {"t": ["good"] * 4, "p": ["film"] * 4, "n": ["bad", None, ("a", "the plot"), "good film"]}
    tool = tiny_tokenizer()
    writer = RowsWriter(tmp_path)
    for start in (0, 2):
        writer.add(part.encode({n: c[start : start + 2] for n, c in cells.items()}, tool, 16, apart=True))
    kept, whole = open_rows(tmp_path, writer.close()), part.encode(cells, tool, 16, apart=True)
    assert kept.picks is not None and whole.picks is not None
    assert kept.picks.tolist() == whole.picks.tolist()
    for rows in ([0], [3, 2, 1]):
        found, wanted = with_wrong_partners(kept, rows), with_wrong_partners(whole, rows)
        assert all(found[name].tolist() == wanted[name].tolist() for name in wanted)
    assert kept.costs.tolist() == whole.costs.tolist()
