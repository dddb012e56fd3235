"""The page: YAML 1.2 to plain values, with lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.errors import RecipeError, UserError
from tunewright.recipe.page import read_page, read_value


@pytest.fixture
def page(tmp_path):
    def read(text: str | bytes):
        path = tmp_path / "recipe.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_page(path)

    return read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("2e-4", 2e-4),
        ("1e3", 1000.0),
        ("5", 5),
        ("0.1", 0.1),
        ("-3", -3),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("2024-1-1", "2024-1-1"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("'007'", "007"),
        ("!!str 007", "007"),
        ("007", 7),
        ("=", "="),
        ("<<", "<<"),
        ("20%", "20%"),
        ("[a, 1, null]", ["a", 1, None]),
        ("{a: {b: c}}", {"a": {"b": "c"}}),
        ("sample://minilm", "sample://minilm"),
        ("您好", "您好"),
        ("Cảm ơn", "Cảm ơn"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("&x true", True),
        ("&x 1.5", 1.5),
        ("[&x a, *x]", ["a", "a"]),
    ],
)
def test_values_are_those_of_yaml_1_2(text, value):
    """YAML 1.1 makes `1e-4` a text and `no` false, and pyyaml a date of 2024-01-01: silent changes of a recipe."""
    found = read_value(text, "here")
    assert found == value
    assert type(found) is type(value)


def test_keys_stay_as_written():
    """A mapping from labels: 007 and 7 are two labels, `no` and `true` are labels too."""
    found = read_value("{007: 1, 7: 2, no: 3, true: 4, null: 5, 1.10: 6, 2024-01-01: 7}", "here")
    assert found == {"007": 1, "7": 2, "no": 3, "true": 4, "null": 5, "1.10": 6, "2024-01-01": 7}


def test_plain_types_alone_come_out(page):
    """ruamel's own types print and hash differently; a recipe is sent to other processes and compared."""
    values = page("a: &x 1\nb: [*x, 1e-4, 0x1F, true, text, 'q']\nc:\n  d: >\n    folded\n").values

    def check(value):
        assert type(value) in (dict, list, str, int, float, bool, type(None)), value
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(inner)

    check(values)


def test_lines_of_every_value(page):
    """A message without its line sends the user searching."""
    lines = page(
        "# a comment\nmodel: m\n\ndata:\n  train: a\n  inputs: {text: t,\n    pair: p}\nlist:\n- a\n- {b: c}\n"
    ).lines
    assert lines[("model",)] == 2
    assert lines[("data",)] == 4
    assert lines[("data", "train")] == 5
    assert lines[("data", "inputs", "pair")] == 7
    assert lines[("list", 0)] == 9
    assert lines[("list", 1, "b")] == 10


def test_merge_keys_work(page):
    """They are YAML, and people use them to share settings."""
    assert page("base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\n").values["mine"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("model: a\nmodel: b\n", 2, 'has the key "model" twice'),
        ("data:\n  train: a\n  test: b\n  train: c\n", 4, 'has the key "train" twice'),
        ("a: {b: 1, b: 2}\n", 1, 'has the key "b" twice'),
        ('a: {1: 2, "1": 3}\n', 1, "twice"),
        ("model: [\n", 2, "expected"),
        ("model: a\n\tdata: b\n", 2, "'\\t'"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: *b\n", 1, "undefined alias 'b'"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("model: !foo bar\n", 1, "YAML tag"),
        ("x: 1\nmodel: !foo {a: b}\n", 2, "YAML tag !foo"),
        ("model: !!python/object/apply:os.system [ls]\n", 1, "YAML tag"),
        ("model: !!set {a}\n", 1, "YAML tag"),
        ("model: !!binary aGk=\n", 1, "YAML tag"),
        ("? [a, b]\n: 1\n", 1, "not text"),
        ("? {a: b}\n: 1\n", 1, "not text"),
        ("a: &a [*a]\n", 1, "alias inside"),
        ("b: 1\na: &a {b: {c: [*a]}}\n", 2, "alias inside"),
    ],
)
def test_what_is_no_recipe_is_refused_with_its_line(page, tmp_path, text, line, what):
    """Each of these would be guessed at, run code, or never end."""
    with pytest.raises(RecipeError) as caught:
        page(text)
    problem = caught.value.problems[0]
    assert problem.where == f"{tmp_path / 'recipe.yaml'}:{line}"
    assert what in problem.what
    assert problem.hint


def test_a_tab_is_named():
    """`found character that cannot start any token` has cost many an hour."""
    with pytest.raises(RecipeError, match="indents with spaces; this line holds a tab"):
        read_value("a:\n\tb: 1", "here")


def test_aliases_of_aliases_have_an_end():
    """A page of a few lines can stand for a billion values."""
    text = "{a: &a [1,1,1,1,1,1,1,1,1,1]"
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True):
        text += f", {name}: &{name} [{', '.join([f'*{previous}'] * 10)}]"
    with pytest.raises(RecipeError, match="more values than a recipe can have"):
        read_value(text + "}", "here")


@pytest.mark.parametrize("text", ["[" * 400, "[" * 200 + "]" * 200, "{a: " * 3000])
def test_deep_nesting_is_refused(text):
    """A RecursionError would be a traceback of a thousand lines."""
    with pytest.raises(RecipeError):
        read_value(text, "here")


@pytest.mark.parametrize("text", ["!!int x", "!!bool x", "!!float x", "!!str [a]", "a: !!merge [1]"])
def test_a_tag_that_does_not_fit_its_value(text):
    """ruamel raises ValueError, KeyError or nothing at all here."""
    with pytest.raises(RecipeError, match="is not YAML"):
        read_value(text, "here")


def test_yaml_1_1_is_refused(page):
    """A page may ask for the old rules, and `no` would be false."""
    with pytest.raises(RecipeError, match=r"asks for YAML 1\.1, in which `no` is false"):
        page("%YAML 1.1\n---\nmodel: no\n")
    assert page("%YAML 1.2\n---\nmodel: no\n").values == {"model": "no"}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_page(page, text):
    """None has no fields; the message says how to get a recipe."""
    with pytest.raises(RecipeError, match=r"is empty(.|\n)*tunewright init"):
        page(text)


@pytest.mark.parametrize("text", ["hello\n", "- a\n- b\n", "5\n"])
def test_a_page_that_is_no_mapping(page, text):
    """A CSV file given by mistake in the recipe's place is one long text."""
    with pytest.raises(RecipeError, match="is not a recipe"):
        page(text)


def test_files_that_cannot_be_read(tmp_path):
    """Each with what to do about it."""
    (tmp_path / "other.yaml").write_text("a: 1")
    with pytest.raises(
        UserError, match=r"There is no recipe .*nope\.yaml\. In that folder: other\.yaml\.(.|\n)*tunewright init"
    ):
        read_page(tmp_path / "nope.yaml")
    with pytest.raises(UserError, match="There is no recipe"):
        read_page(tmp_path / "no" / "nope.yaml")
    with pytest.raises(UserError, match="is a folder"):
        read_page(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("model: Bär\n".encode("latin-1"))
    with pytest.raises(UserError, match=r"is not UTF-8 text \(byte 8\)"):
        read_page(tmp_path / "latin.yaml")
    with pytest.raises(UserError, match="cannot be read"):
        read_page(tmp_path / ("x" * 300))
    with pytest.raises(UserError, match="cannot be read"):
        read_page(tmp_path / "a\0b")


def test_a_byte_order_mark_is_no_part_of_the_first_key(page):
    """Windows editors write one, and `\\ufeffmodel` is no field."""
    assert page(b"\xef\xbb\xbfmodel: a\n").values == {"model": "a"}


def test_windows_line_ends(page):
    """`\\r` at the end of a name is invisible in every message."""
    assert page(b"model: a\r\ndata:\r\n  train: b.csv\r\n").values == {"model": "a", "data": {"train": "b.csv"}}


YAMLISH = st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,? \n\t0.1e~=<\\\u00e9\u4f60\ufeff\x00\r", max_size=60)


@settings(max_examples=300, deadline=None)
@given(YAMLISH)
def test_no_text_raises_anything_but_a_users_error(text):
    """A traceback for a typing mistake is our mistake."""
    try:
        read_value(text, "here")
    except UserError as error:
        assert str(error)
