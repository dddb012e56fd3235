"""The recipe written out in full."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.recipe import Recipe, filled

PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
TEXTS = st.one_of(
    PRINTABLE,
    st.sampled_from(
        [
            "no",
            "yes",
            "true",
            "null",
            "~",
            "007",
            "1e-4",
            ".5",
            "0x1F",
            "2024-01-01",
            "=",
            "<<",
            "-",
            "?",
            ":",
            "#",
            "%",
        ]
    ),
    st.sampled_from(
        ["@", "`", "'", '"', "{a}", "[b]", "&a", "*b", "!c", "|", ">", "a:b", "a#b", "1_000", ".inf", "-.nan", "1:30"]
    ),
    st.sampled_from(["${X:-y}", "C:\\x", "您好", "é", "ё", "😀", "12e03", "--", "---", "..."]),
    st.sampled_from(
        [" a", "a ", "a b", "a: b", "a #b", "x\ny", "\t", "\x07", "\x85", "\u2028", "\ufeff", "a\r\n", "- a"]
    ),
    st.just("long " * 1200),
)
NUMBERS = st.floats(min_value=1e-12, max_value=0.99)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_reads_back_equal(parts, tmp_path, data):
    """A run is made again from this page: a value that changes on the way makes it another run."""
    draw = data.draw
    recipe = Recipe(
        model=draw(TEXTS),
        data={
            "train": draw(TEXTS),
            "validation": draw(st.none() | NUMBERS),
            "test": draw(st.none() | NUMBERS | st.just("file.csv")),
            "inputs": draw(st.fixed_dictionaries({"text": TEXTS | st.lists(TEXTS, min_size=1, max_size=3)})),
            "target": draw(TEXTS),
            "group": draw(st.none() | TEXTS),
            "delimiter": draw(st.none() | st.sampled_from("\t,;|=:#- 'é")),
            "quoting": draw(st.none() | st.booleans()),
        },
        task={
            "kind": "classify",
            "loss": draw(st.sampled_from(["focal", {"kind": "cross_entropy", "smoothing": 0.1}])),
        },
        method={"kind": "lora", "rank": draw(st.integers(1, 10**6)), "targets": draw(st.just("all-linear") | _names())},
        training={
            "epochs": draw(st.floats(min_value=1e-6, max_value=1e6)),
            "learning_rate": draw(st.none() | NUMBERS),
            "betas": draw(st.tuples(NUMBERS, NUMBERS)),
            "seed": draw(st.integers(0, 2**32 - 1)),
            "early_stopping": draw(st.none() | st.just({"patience": 3})),
            "trackers": draw(st.lists(st.fixed_dictionaries({"kind": st.just("board"), "folder": TEXTS}), max_size=2)),
        },
        evaluation=draw(st.lists(st.sampled_from(["quality", "latency", "memory"]), max_size=4)),
        output=draw(st.none() | TEXTS),
    )
    for comments in (True, False):
        path = tmp_path / "filled.yaml"
        path.write_bytes(filled(recipe, comments).encode())
        assert Recipe.read(path) == recipe


def _names():
    return st.lists(TEXTS, max_size=3)


def test_every_default_and_its_meaning_are_there(read, minimal):
    """The filled recipe is the documentation a reader has at hand."""
    text = filled(read(minimal))
    assert "epochs: 3.0" in text
    assert "# Passes over the training rows; a fraction stops inside a pass." in text
    assert "warmup_ratio: 0.1" in text
    assert "resamples: 1000" in text
    assert "early_stopping:\n" in text
    assert "# Which choice this is" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_without_comments(read, minimal):
    """For programs, and for diffs."""
    assert "#" not in filled(read(minimal), comments=False)


def test_comments_stand_above_their_field_at_its_indentation(read, minimal):
    """A comment under the wrong field explains the wrong field."""
    lines = filled(read(minimal)).splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("seed:"))
    assert lines[at - 1].strip().startswith("# Start of every random draw")
    assert len(lines[at]) - len(lines[at].lstrip()) == len(lines[at - 1]) - len(lines[at - 1].lstrip()) == 2


@pytest.mark.parametrize("target", ["007", "no", "null", "1e-4", "true", "2024-01-01", "~", "您"])
def test_texts_that_look_like_something_else_stay_texts(read, minimal, target):
    """`target: 007` written without quotes comes back as the number 7."""
    page = filled(read(minimal.replace("sentiment", f"'{target}'")))
    assert read(page).data.target == target
