"""Bad recipes and the message that each of them gets: one screen, what is given, what is allowed, what to type."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.errors import RecipeError, UserError
from tunewright.recipe import Recipe

SCHEMA = "Every field, with its meaning: tunewright schema"
HEAD = "model: sample://minilm\n"
DATA = "data: {train: a.csv, inputs: {text: t}, target: y}\n"
GOOD = HEAD + DATA


def data(**fields: str) -> str:
    written = {"train": "a.csv", "inputs": "{text: t}", "target": "y"} | fields
    return HEAD + "data:\n" + "".join(f"  {name}: {value}\n" for name, value in written.items())


CASES = {
    "typo in a section": (
        GOOD + "training: {learning_rte: 1}\n",
        "  training.learning_rte (line 3): is not a field here\n      Did you mean 'learning_rate'? Allowed: epochs,",
    ),
    "field at the wrong level": (
        GOOD + "epochs: 3\n",
        "  epochs (line 3): is not a field here\n"
        "      It belongs under `training`, indented by two spaces; on the command line: training.epochs=...",
    ),
    "section at the wrong level": (
        data(method="lora"),
        "  data.method (line 6): is not a field here\n      It belongs at the top of the page, not indented.",
    ),
    "missing model": (
        DATA,
        "  model: is missing\n      Where the pretrained model comes from: a hub id, a local folder, or `sample://minilm`.",
    ),
    "missing target": (
        HEAD + "data: {train: a.csv, inputs: {text: t}}\n",
        "  data.target: is missing\n      The column to be predicted;",
    ),
    "misspelt target": (
        HEAD + "data: {train: a.csv, inputs: {text: t}, taget: y}\n",
        "  data.taget (line 2): is not a field here\n      Did you mean 'target'? Allowed: train,",
    ),
    "text for a number": (
        GOOD + "training: {epochs: many}\n",
        "  training.epochs (line 3): is 'many', and should be a number\n      Passes over the training rows;",
    ),
    "fraction for a count": (
        GOOD + "training: {batch_size: 3.5}\n",
        "  training.batch_size (line 3): is 3.5, and should be a whole number\n      Samples in one optimizer step",
    ),
    "true for a number": (
        GOOD + "training: {epochs: true}\n",
        "  training.epochs (line 3): is true, and should be a number\n      Passes over",
    ),
    "out of range": (
        GOOD + "training: {learning_rate: -1e-4}\n",
        "  training.learning_rate (line 3): is -0.0001, and should be over 0\n      Peak step size;",
    ),
    "not a number": (
        GOOD + "training: {learning_rate: .nan}\n",
        "  training.learning_rate (line 3): is .nan, and should be a finite number\n      Peak step size;",
    ),
    "no space after the colon": (
        GOOD + "training: {epochs:5}\n",
        "  training.epochs:5 (line 3): is not a field here\n      A colon wants a space after it: `epochs: 5`.",
    ),
    "null where a value must be": (
        GOOD + "training:\n  epochs:\n",
        "  training.epochs (line 4): is null, and should be a number\n      Passes over",
    ),
    "number for a text": (
        data(target="007"),
        "  data.target (line 5): is 7, and should be text\n"
        '      Text that looks like a number, or like true or null, is written in quotes: "007".',
    ),
    "empty path": (
        data(train="''"),
        "  data.train (line 3): is '', and should be text of at least 1 character(s)\n      File (csv, tsv,",
    ),
    "list of files": (
        data(train="[a.csv, b.csv]"),
        '  data.train (line 3): is ["a.csv", "b.csv"], and should be text\n      File (csv, tsv,',
    ),
    "share that is none": (
        data(validation="banana%"),
        "  data.validation (line 6): is 'banana%', and should be a file or a share of the rows\n"
        "      A share is over 0 and under 1: 20% or 0.2; null takes no rows.",
    ),
    "percent sign forgotten": (
        data(test="20"),
        "  data.test (line 6): is 20, and should be a file or a share of the rows\n"
        "      Did you mean 20%? A share is over",
    ),
    "share of everything": (
        data(test="100%"),
        "  data.test (line 6): is '100%', and should be a file or a share of the rows\n"
        "      A share is over 0 and under 1",
    ),
    "unknown word": (
        data(on_bad_row="skp"),
        "  data.on_bad_row (line 6): is 'skp', and should be one of error, skip\n      Did you mean 'skip'?",
    ),
    "two characters": (
        data(delimiter="'||'"),
        "  data.delimiter (line 6): is '||', and should be text of at most 1 character(s)\n      Character between",
    ),
    "misspelt role": (
        data(inputs="{txt: review}"),
        '  data.inputs (line 4): is {"txt": "review"}, and does not say which input it is\n'
        "      Did you mean 'text'? Write one of: {text: COLUMN}, {text: COLUMN, pair: COLUMN}.",
    ),
    "column without its role": (
        data(inputs="review"),
        "  data.inputs (line 4): is 'review', and there is no input of that kind\n"
        "      Write one of: {text: COLUMN}, {text: COLUMN, pair: COLUMN}.",
    ),
    "list for the inputs": (
        data(inputs="[title, body]"),
        '  data.inputs (line 4): is ["title", "body"], and should be the name of an input, or its fields\n'
        "      Write one of: {text: COLUMN}",
    ),
    "misspelt kind": (
        GOOD + "method: lorra\n",
        "  method (line 3): is 'lorra', and there is no method of that kind\n"
        "      Did you mean 'lora'? Allowed: full, lora.",
    ),
    "misspelt kind in full": (
        GOOD + "method: {kind: lorra, rank: 8}\n",
        '  method (line 3): is {"kind": "lorra", "rank": 8}, and there is no method of that kind\n'
        "      Did you mean 'lora'? Allowed: full, lora.",
    ),
    "kind forgotten": (
        GOOD + "method: {rank: 8}\n",
        '  method (line 3): is {"rank": 8}, and does not say which method it is\n'
        "      Add its kind: {kind: lora, rank: ...}. Allowed: full, lora.",
    ),
    "field of another kind": (
        GOOD + "method: {kind: full, rank: 8}\n",
        "  method.rank (line 3): is not a field here\n"
        "      It is a field of the method 'lora': {kind: lora, rank: ...}",
    ),
    "typo in a part": (
        GOOD + "method: {kind: lora, rnk: 8}\n",
        "  method.rnk (line 3): is not a field here\n      Did you mean 'rank'? Allowed: rank, targets.",
    ),
    "bad value in a part": (
        GOOD + "method: {kind: lora, rank: 0}\n",
        "  method.rank (line 3): is 0, and should be at least 1\n      Rank of the updates.",
    ),
    "bad item in a part": (
        GOOD + "method: {kind: lora, targets: [query, 5]}\n",
        "  method.targets.1 (line 3): is 5, and should be text\n      Text that looks like a number",
    ),
    "part within a part": (
        GOOD + "task: {kind: classify, loss: {kind: focal, gama: 1}}\n",
        "  task.loss.gama (line 3): is not a field here\n      Did you mean 'gamma'? Allowed: gamma.",
    ),
    "one probe instead of a list": (
        GOOD + "evaluation: quality\n",
        "  evaluation (line 3): is 'quality', and should be a list\n      Write it as a list: [quality]",
    ),
    "unknown probe in a list": (
        GOOD + "evaluation:\n- quality\n- memry\n",
        "  evaluation.1 (line 5): is 'memry', and there is no probe of that kind\n"
        "      Did you mean 'memory'? Allowed: quality",
    ),
    "bad value in a listed part": (
        GOOD + "evaluation:\n- kind: quality\n  resamples: 5\n",
        "  evaluation.0.resamples (line 5): is 5, and should be at least 100\n      Bootstrap draws.",
    ),
    "short form that is not enough": (
        GOOD + "training: {trackers: [board]}\n",
        "  training.trackers.0.folder: is missing\n      Where the curves go.",
    ),
    "pair of one": (
        GOOD + "training: {betas: [0.9]}\n",
        "  training.betas (line 3): is [0.9], and should be a list of 2 items\n      Decay rates",
    ),
    "value for a section": (
        GOOD + "training: 3\n",
        "  training (line 3): is 3, and should be a group of fields\n      How they move.",
    ),
    "switch for a section": (
        GOOD + "training: {early_stopping: true}\n",
        "  training.early_stopping (line 3): is true, and should be a group of fields\n      Stop when validation",
    ),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_a_bad_recipe_gets_its_message(read, tmp_path, text, message):
    """Who wrote it must be able to mend it from the message alone."""
    with pytest.raises(RecipeError) as caught:
        read(text)
    shown = str(caught.value)
    assert shown.startswith(f"{tmp_path / 'recipe.yaml'} cannot be used.\n")
    assert message in shown
    assert shown.endswith(SCHEMA)
    assert len(shown.splitlines()) <= 24
    assert not [word for word in ("pydantic", "Input should", "dictionary", "tuple", "instance of") if word in shown]
    assert shown.count("\n  ") <= 2 * (1 + len(caught.value.problems))


def test_there_are_many_of_them():
    """The table is the promise."""
    assert len(CASES) >= 25


def test_two_files_of_trouble_are_one_screen(read):
    """Thirty problems are cut to a dozen and a count."""
    text = GOOD + "training: {" + ", ".join(f"field{number}: 1" for number in range(30)) + "}\n"
    with pytest.raises(RecipeError) as caught:
        read(text)
    assert len(caught.value.problems) == 30
    assert "... and 18 more" in str(caught.value)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["lora", "full", "text", "auto", "20%", "a.csv", "", "quality", "cut", "board", "linear", "-5%"]),
    st.text(max_size=6),
)
NAMES = st.one_of(
    st.sampled_from(
        ["model", "data", "train", "inputs", "text", "pair", "target", "test", "training", "epochs", "betas"]
    ),
    st.sampled_from(
        ["schedule", "kind", "method", "rank", "targets", "task", "loss", "evaluation", "trackers", "folder"]
    ),
    st.sampled_from(["output", "x", "self"]),
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, DOCUMENTS, max_size=6), st.booleans())
def test_no_document_raises_anything_but_a_users_error(parts, fields, sound):
    """A traceback for a user's mistake is our mistake."""
    fields = (
        ({"model": "m", "data": {"train": "a", "inputs": {"text": "t"}, "target": "y"}} | fields) if sound else fields
    )
    try:
        Recipe(**fields)
    except UserError as error:
        assert str(error)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="modelatrin: {}[]-,\n\"'&*!|>#%0.5e", max_size=120))
def test_no_page_raises_anything_but_a_users_error(read, text):
    """The same for what is not even a document."""
    try:
        read(text)
    except UserError as error:
        assert str(error)
