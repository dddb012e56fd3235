"""The hub without a network: what comes back from the library, and what its failures mean."""

from __future__ import annotations

import importlib.util

import pytest

from tunewright.data import hub
from tunewright.data.hub import HubName, is_hub_name, read_hub
from tunewright.errors import DataError, MissingExtraError, ResourceError, UserError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hub://imdb", ("imdb", None, None)),
        ("hub://owner/name", ("owner/name", None, None)),
        ("hub://glue:sst2", ("glue", "sst2", None)),
        ("hub://owner/name:zh-en@validation", ("owner/name", "zh-en", "validation")),
        ("hub://imdb@train[:10%]", ("imdb", None, "train[:10%]")),
    ],
)
def test_names(text, parts):
    """A name taken apart wrongly fetches another data set."""
    assert is_hub_name(text)
    assert HubName.parse(text) == HubName(*parts)


@pytest.mark.parametrize("text", ["hub://", "hub://a/b/c", "hub://a b", "hub://../x/y"])
def test_what_is_no_name(text):
    """Refused before anything is asked of the network."""
    with pytest.raises(UserError, match="Write hub://NAME"):
        HubName.parse(text)


datasets = pytest.importorskip("datasets", reason="the extra `hub` is not installed")


@pytest.fixture
def loads(monkeypatch):
    """Makes the library's load_dataset give a set or fail, and notes how it was called."""
    calls = []

    def answer(outcome):
        def load_dataset(name, config, split):
            calls.append((name, config, split))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        return calls

    return answer


def _set(label=(0, 1, -1), names=("neg", "pos")):
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=list(names)),
            "tags": datasets.List(datasets.ClassLabel(names=["x", "y"])),
        }
    )
    columns = {"text": ["NA", "b", "c"][: len(label)], "label": list(label), "tags": [[0, 1], [], [1]][: len(label)]}
    return datasets.Dataset.from_dict(columns, features=features)


def test_class_ids_become_names(loads):
    """Ids mean nothing in another data set; -1 is the hub's way to say unlabelled."""
    calls = loads(_set())
    table = read_hub("hub://owner/name:conf", role="train")
    assert table.columns == {"text": ["NA", "b", "c"], "label": ["neg", "pos", None], "tags": [("x", "y"), (), ("y",)]}
    assert calls == [("owner/name", "conf", "train")]
    assert (table.files[0].path, table.files[0].format, str(table.place(1))) == (
        "hub://owner/name:conf",
        "hub",
        "hub://owner/name:conf:2",
    )


@pytest.mark.parametrize(("role", "split"), [("validation", "validation"), ("test", "test"), ("predict", "test")])
def test_the_role_chooses_the_split(loads, role, split):
    """Taking train for test would measure what was learned."""
    calls = loads(_set())
    read_hub("hub://name", role=role)
    read_hub("hub://name@train", role=role)
    assert [call[2] for call in calls] == [split, "train"]


def test_what_the_set_gets_wrong(loads, monkeypatch):
    """An id beyond the names would be another class, or none."""
    loads(_set(label=()))
    with pytest.raises(DataError, match="holds no rows"):
        read_hub("hub://name", role="train")
    with pytest.raises(DataError, match="class id that has no name"):
        hub._named("5", ["a", "b"], "label", "hub://name")


@pytest.mark.parametrize(
    ("failure", "kind", "says"),
    [
        (ValueError("Unknown split \"test\". Should be one of ['train', 'validation']."), UserError, "Splits: train"),
        (ValueError("Config name is missing. Please pick one among: ['a']"), UserError, "configuration"),
        (type("DatasetNotFoundError", (Exception,), {})("x"), UserError, "no data set 'name'"),
        (ConnectionError("Couldn't reach 'name' on the Hub (LocalEntryNotFoundError)"), ResourceError, "Try again"),
        (RuntimeError("something else"), UserError, "RuntimeError: something else"),
    ],
)
def test_failures_are_explained(loads, monkeypatch, failure, kind, says):
    """The library's own errors are pages of traceback."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    loads(failure)
    with pytest.raises(kind, match=says):
        read_hub("hub://name", role="test")


def test_offline(monkeypatch):
    """Offline mode is a setting, not an outage: say which one."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets, "load_dataset", lambda *a, **k: (_ for _ in ()).throw(ConnectionError("offline")))
    with pytest.raises(UserError, match="unset HF_HUB_OFFLINE"):
        read_hub("hub://name", role="train")


def test_the_missing_package(monkeypatch):
    """The extra is named, with the command that installs it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"tunewright\[hub\]"):
        read_hub("hub://name", role="train")
