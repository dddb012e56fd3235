"""Two recipes side by side."""

from __future__ import annotations

from tunewright.pipeline.differences import differing


def test_equal_recipes_do_not_differ(placed):
    """A resume with the same page must never be refused."""
    assert differing(placed(), placed()) == []


def test_each_field_is_named_with_both_values(placed):
    """The user mends a field, not a hash."""
    found = differing(placed(), placed(training__epochs=5, data__target="marks"))
    assert found == [("data.target", "mood", "marks"), ("training.epochs", 3.0, 5.0)]


def test_another_kind_of_part_shows_the_fields_of_both(placed):
    """Their fields are not the same; those of one of them alone must not be lost."""
    found = differing(placed(), placed(method={"kind": "lora", "rank": 3}))
    fields = {field: (first, second) for field, first, second in found}
    assert fields["method.kind"] == ("full", "lora")
    assert fields["method.rank"] == (None, 3)


def test_free_fields_and_what_is_below_them_may_differ(placed):
    """`evaluation` and `data` stand for all inside; `data.train` is not free because `data.tra` would be."""
    other = placed(training__epochs=5, data__target="marks", evaluation=["memory"])
    assert differing(placed(), other, {"data", "evaluation", "training.epoch"}) == [("training.epochs", 3.0, 5.0)]
