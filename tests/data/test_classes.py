"""Classes: counts by name, and words on what is too rare, too common or all the same."""

from __future__ import annotations

import pytest

from tunewright.data.classes import class_counts, histogram, target_findings


def _counts(splits, kind="label"):
    return [(c.label, c.train, c.validation, c.test) for c in class_counts(splits, "label", kind)]


def _found(made, labels, kind="label"):
    table = made(label=labels)
    counts = class_counts({"train": table}, "label", kind) if kind != "number" else ()
    return {finding.code: finding for finding in target_findings(counts, table, "label", kind)}


def test_counts_are_by_name_and_most_frequent_first(made):
    """By position, the counts of train and test would be of different labels."""
    splits = {"train": made(label=["b", "a", "a"]), "test": made(label=["c", "a"])}
    assert _counts(splits) == [("a", 2, 0, 1), ("b", 1, 0, 0), ("c", 0, 0, 1)]
    assert _counts({"train": made(label=[("a", "b"), ("b",), ()])}, "labels") == [("b", 2, 0, 0), ("a", 1, 0, 0)]


def test_one_class_is_an_error(made):
    """Accuracy 100%, and nothing learned."""
    assert _found(made, ["a"] * 9)["single_class"].severity == "error"
    assert _found(made, ["1", "1.0"], "number")["single_class"].severity == "error"
    assert _found(made, ["1", "2"], "number") == {}
    assert "single_class" not in _found(made, [("a",)] * 9, "labels")
    for kind, word in (("labels", "a label"), ("entities", "an entity")):
        found = _found(made, [()] * 9, kind)["nothing_labelled"]
        assert (found.severity, found.title) == ("error", f"None of 9 training rows has {word}")
    assert _found(made, []) == {} and _found(made, [], "number") == {}


@pytest.mark.parametrize(("small", "severity"), [(100, None), (80, None), (60, "info"), (21, "info"), (20, "warning")])
def test_imbalance_by_degree(made, small, severity):
    """Waimai's 2 to 1 is worth knowing; 182 to 1 hides a class."""
    found = _found(made, ["a"] * 100 + ["b"] * small).get("imbalance")
    assert (found.severity if found else None) == severity
    if found:
        assert found.count == small and "class_weights=balanced" in found.advice and "focal" in found.advice


def test_advice_for_several_labels_names_no_class_weights(made):
    """A knob that does not exist there is no advice."""
    found = _found(made, [("a",)] * 50 + [("b",)] * 10, "labels")["imbalance"]
    assert "class_weights" not in found.advice


def test_rare_classes(made):
    """Seven rows can be learned by heart, and one of them more or less right is fourteen points."""
    found = _found(made, ["a"] * 8 + ["b"] * 7 + ["c"])["rare_class"]
    assert found.title == "2 classes have under 8 training rows: 'c' (1), 'b' (7)" and found.count == 8
    many = _found(made, [str(number) for number in range(9)])["rare_class"]
    assert many.title.endswith("and 4 more")
    assert _found(made, ["a"] * 8 + ["b"])["rare_class"].title.startswith("1 class has")


def test_spellings_of_one_label(made):
    """`Spam` beside `spam`: two classes, and half of the right answers count as wrong."""
    found = _found(made, ["spam"] * 3 + ["Spam"])["label_variants"]
    assert found.count == 1 and found.places[0].line == 5 and "'Spam' beside 'spam'" in found.advice


def test_labels_that_stand_for_nothing(made):
    """pandas writes a missing label as nan; as a class it would be learned."""
    found = _found(made, ["a", "nan", "N/A", "b"])["missing_marker"]
    assert found.count == 2 and "'N/A', 'nan'" in found.advice and found.severity == "info"


def test_classes_that_are_not_measured(made):
    """An average over classes says nothing about one that no measured row has."""
    train = made(label=["a", "b", "c"] * 8)
    counts = class_counts(
        {"train": train, "validation": made(label=["a"]), "test": made(label=["a", "b"])}, "label", "label"
    )
    found = {finding.code: finding for finding in target_findings(counts, train, "label", "label")}["unmeasured_class"]
    assert found.title == "1 class has no row in test: 'c'" and found.count == 8 and found.severity == "info"
    counts = class_counts({"train": train, "validation": made(label=["a"])}, "label", "label")
    found = {finding.code: finding for finding in target_findings(counts, train, "label", "label")}["unmeasured_class"]
    assert found.title == "2 classes have no row in validation: 'b', 'c'"


def test_histogram(made):
    """Every row is counted once, the largest in the last bin."""
    bars = histogram(made(label=[str(n / 10) for n in range(101)]), "label")
    assert len(bars) == 20 and sum(count for _, _, count in bars) == 101
    assert bars[0][0] == 0.0 and bars[-1][1] == 10.0
    assert histogram(made(label=["2", "2"]), "label") == ((2.0, 2.0, 2),)
    assert histogram(made(label=[]), "label") == ()


def test_one_number_written_in_two_ways(made):
    """`1` and `1.0` of two exports are two classes, and nobody has asked for two."""
    found = _found(made, ["1"] * 20 + ["1.0"] * 9 + ["007"] * 8 + ["7"] * 10 + ["x"] * 9)["number_variants"]
    assert (found.severity, found.count, found.places[0].line) == ("warning", 17, 22)
    assert "'007' beside '7', '1.0' beside '1'" in found.advice
    assert "number_variants" not in _found(made, ["1"] * 9 + ["2"] * 9 + ["v1.0"] * 9)
    spelled = _found(made, ["1"] * 20 + [" 1"] * 9)
    assert "label_variants" in spelled and "number_variants" not in spelled, "said once is enough"
