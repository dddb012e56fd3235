"""Outputs of frozen layers, kept: the same training without computing them, and never those of other weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_runs import Watcher

from tunewright.models import prefix
from tunewright.models.device import use_threads
from tunewright.models.packing import packed_rows
from tunewright.pipeline import replay as room
from tunewright.pipeline.fit import build_model, fit
from tunewright.pipeline.prepare import prepare
from tunewright.pipeline.replay import replayed_layers
from tunewright.pipeline.store import kept
from tunewright.records import Journal, RunFolder, read_journal
from tunewright.training.lanes import open_lanes
from tunewright.training.observer import Silent
from tunewright.training.signals import StopRequest

CPU = torch.device("cpu")
FREEZE = {"kind": "freeze", "layers": 1}


@pytest.fixture
def trained(placed, tmp_path):
    """Losses and weights of a training, in a folder of its own."""

    def run(name: str, watcher=None, **changes):
        changes = {"method": FREEZE, "training__precision": "fp32"} | changes
        prepared = prepare(placed(**changes), Silent())
        folder = RunFolder(tmp_path / name)
        journal = Journal(folder.journal)
        found = fit(prepared, folder, journal, watcher or Silent(), StopRequest(), 5e-3)
        journal.close()
        losses = [event["loss"] for event in read_journal(folder.journal) if event["event"] == "step"]
        return losses, {n: p.detach() for n, p in found.model.named_parameters()}

    return run


def states(prepared, model, watcher=None):
    """The kept states, or None."""
    with (
        packed_rows(model, CPU, "fp32") as packing,
        replayed_layers(prepared, model, packing, "fp32", 256, watcher or Silent()) as replay,
    ):
        return None if replay is None else np.array(replay.states)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_training_is_the_same_with_and_without(trained, layers):
    """Danger: an epoch on another row's states. Two layers of two leave the head to learn."""
    method = {"kind": "freeze", "layers": layers}
    losses, weights = trained("with", method=method)
    assert [folder.finished for folder in kept()].count(True) == 2  # the prepared rows, and the states
    plain, others = trained("without", method=method | {"replay": False})
    assert losses == pytest.approx(plain, abs=1e-5)
    for name, weight in weights.items():
        if not name.endswith("key.bias"):  # its gradient is zero but for rounding
            assert torch.allclose(weight, others[name], atol=1e-4), name


def test_a_second_training_computes_nothing_below(trained, monkeypatch):
    """The point of keeping them: a training of other settings on the same rows finds them on the disk."""
    first, second = Watcher(), Watcher()
    trained("first", first)
    monkeypatch.setattr(room, "hidden_states", pytest.fail)
    trained("second", second, training__weight_decay=0.2)
    assert any("frozen layers" in title for title in first.phases)
    assert not any("frozen layers" in title for title in second.phases)


def test_other_weights_or_other_rows_have_their_own(placed):
    """Danger: states of a model that has changed since, or of rows in another order."""
    prepared = prepare(placed(method=FREEZE), Silent())
    model = build_model(prepared, CPU)[0].eval()
    before = states(prepared, model)
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(2.0)
    after = states(prepared, model)
    assert before.shape == after.shape == (len(prepared.train.encoded.ids), 32)
    assert not np.allclose(before, after)
    other = prepare(placed(method=FREEZE, training__seed=11), Silent())
    if not np.array_equal(other.train.encoded.ids, prepared.train.encoded.ids):
        assert not np.array_equal(states(other, model), after)


def test_bf16_keeps_two_bytes_a_value(placed):
    """Danger: bits read back as another type."""
    prepared = prepare(placed(method=FREEZE), Silent())
    model = build_model(prepared, CPU)[0].eval()
    exact = states(prepared, model)
    encoded, groups = prepared.train.encoded, [np.array([0]), np.array([1])]
    with (
        packed_rows(model, CPU, "bf16") as packing,
        replayed_layers(prepared, model, packing, "bf16", 256, Silent()) as replay,
    ):
        assert replay.states.dtype == np.int16
        given = replay.given(packing.arguments(encoded, groups), groups)
    assert given["inputs_embeds"].dtype == torch.float32
    assert np.allclose(given["inputs_embeds"][0].numpy(), exact[: int(encoded.lengths[:2].sum())], atol=0.1)
    assert "input_ids" not in given


def test_rows_get_their_own_states(placed):
    """Danger: states shifted by the row before, where rows of several lengths lie one after another."""
    prepared = prepare(placed(method=FREEZE), Silent())
    encoded = prepared.train.encoded
    model = build_model(prepared, CPU)[0].eval()
    order = np.argsort(-encoded.lengths, kind="stable")
    group = order[[0, -1]]
    with (
        packed_rows(model, CPU, "fp32") as packing,
        replayed_layers(prepared, model, packing, "fp32", 256, Silent()) as replay,
    ):
        packed = packing.arguments(encoded, [group])
        found = replay.given(packed, [group])["inputs_embeds"][0]
        wanted = prefix.hidden_states(model, 1, packed)
    assert found.shape == wanted.shape == (int(encoded.lengths[group].sum()), 32)
    assert torch.allclose(found, wanted, atol=1e-5)


def test_threads_write_what_one_would(placed, monkeypatch, tmp_path):
    """Danger: rows that no thread computes, or whose places two of them share."""
    prepared = prepare(placed(method=FREEZE), Silent())
    model = build_model(prepared, CPU)[0].eval()
    found = []
    for threads in (1, 3):
        monkeypatch.setenv("TUNEWRIGHT_CACHE", str(tmp_path / str(threads)))
        watcher, opened = Watcher(), []
        with monkeypatch.context() as patched, use_threads(threads):
            patched.setattr(room, "open_lanes", lambda *how, opened=opened: opened.append(how[1]) or open_lanes(*how))
            patched.setattr(room, "default_token_budget", lambda device: 64)
            found.append(states(prepared, model, watcher))
        assert opened == [threads]
        assert any("frozen layers" in title for title in watcher.phases), "what another wrote was read"
    assert np.allclose(found[0], found[1], atol=1e-6)
    assert found[0].any(axis=1).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"method": {"kind": "freeze", "layers": 0}},
        {"method": {"kind": "freeze", "layers": 1, "embeddings": False}},
        {"method": {"kind": "freeze", "layers": 1, "replay": False}},
        {"method": FREEZE, "training__epochs": 1},
        {"method": FREEZE, "training__max_steps": 3},
        {"method": "full"},
    ],
)
def test_nothing_is_kept_where_it_is_no_gain(placed, changes):
    """Danger: gigabytes on a disk for a single epoch, or states of layers that learn."""
    prepared = prepare(placed(**changes), Silent())
    assert states(prepared, build_model(prepared, CPU)[0].eval()) is None


def test_a_full_disk_is_said_and_computed_around(placed, monkeypatch):
    """Danger: a training that stops because a cache does not fit."""
    prepared = prepare(placed(method=FREEZE), Silent())
    monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", "0.0000001")
    watcher = Watcher()
    assert states(prepared, build_model(prepared, CPU)[0].eval(), watcher) is None
    assert any("TUNEWRIGHT_CACHE_GIB" in note for note in watcher.notes)


def test_damaged_states_are_computed_anew(placed):
    """Danger: a flipped bit in a cache that trains a model."""
    prepared = prepare(placed(method=FREEZE), Silent())
    model = build_model(prepared, CPU)[0].eval()
    before = states(prepared, model)
    [file] = [f for one in kept() for f in one.folder.glob("states.bin")]
    raw = bytearray(file.read_bytes())
    raw[10] ^= 64
    file.write_bytes(raw)
    watcher = Watcher()
    assert np.array_equal(states(prepared, model, watcher), before)
    assert any("damaged" in note for note in watcher.notes)
