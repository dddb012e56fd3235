"""Wrong partners are found once, and belong to the rows that they were found for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import tiny_model_folder
from tiny_runs import FILLING, Watcher

from tunewright.inputs.wrong_partners import GIVEN
from tunewright.pipeline.fingerprint import fingerprint
from tunewright.pipeline.forecast import forecast
from tunewright.pipeline.mining import with_guessed, with_mined
from tunewright.pipeline.prepare import Prepared, prepare
from tunewright.recipe import Recipe

WORDS = list(FILLING)[:8]


def recipe(here: Path, **task: Any) -> Recipe:
    draw = np.random.default_rng(3)
    lines = [f"{' '.join(draw.choice(WORDS, 4))},{' '.join(draw.choice(WORDS, 5))}" for _ in range(40)]
    (here / "pairs.csv").write_text("\n".join(["q,a", *lines]) + "\n", encoding="utf-8")
    data = {"train": str(here / "pairs.csv"), "inputs": {"text": "q", "pair": "a"}}
    return Recipe(model=str(here / "tiny"), data=data, task={"kind": "embed", "negative_margin": 1.0} | task)


def mined(asked: Recipe) -> tuple[Prepared, Watcher]:
    watcher = Watcher()
    return with_mined(prepare(asked, watcher), watcher), watcher


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_CACHE", str(tmp_path / "cache"))
    tiny_model_folder(tmp_path / "tiny")
    return tmp_path


def test_they_are_found_once_and_found_again(here: Path) -> None:
    """Danger: a resumed run, or another process of the job, learns from other texts than it began with."""
    first, watched = mined(recipe(here, hard_negatives=2))
    again, watched_again = mined(recipe(here, hard_negatives=2))
    assert any("Looking for wrong partners" in phase for phase in watched.phases)
    assert not any("Looking for wrong partners" in phase for phase in watched_again.phases)
    assert np.array_equal(first.train.encoded.picks, again.train.encoded.picks)
    assert fingerprint(first) == fingerprint(again) != fingerprint(mined(recipe(here, hard_negatives=1))[0])


def test_a_training_batch_reads_second_texts_of_other_rows(here: Path) -> None:
    """Danger: the numbers of candidates are read as those of rows, and any text at all is taught to be wrong."""
    prepared, _ = mined(recipe(here, hard_negatives=2))
    train = prepared.train
    assert train.truth.shape == (len(train), 4)
    seconds = set(train.truth[:, 1].tolist())
    for first, second, *wrong in train.truth.tolist():
        told = [number for number in wrong if number >= 0]
        assert set(told) <= seconds - {first, second} and len(set(told)) == len(told)
    row = int(np.flatnonzero((train.truth[:, 2:] >= 0).all(axis=1))[0])
    batch = prepared.parts.inputs.training_batch(train.encoded, [row], 0, 0)
    assert batch[GIVEN].tolist() == [[True, True]]
    texts = [prepared.tokenizer.decode(ids, skip_special_tokens=True) for ids in batch["input_ids"]]
    answers = list(train.table.columns["a"])
    assert texts[1] == answers[row] and set(texts[2:]) <= set(answers) - {answers[row]}
    assert prepared.validation is None or prepared.validation.encoded.negatives is None


def test_what_was_found_and_passed_over_is_told(here: Path) -> None:
    """Danger: nobody learns that most rows have no wrong partner, or how many texts may have been right."""
    prepared, _ = mined(recipe(here, hard_negatives=1))
    (told,) = [one for one in prepared.audit.findings if one.code == "mined"]
    picks = prepared.train.encoded.picks
    assert told.count == int((picks >= 0).any(axis=1).sum())
    assert f"{int((picks >= 0).sum()):,} wrong partners were found" in told.title and "passed over" in told.title


def test_nothing_is_looked_for_unless_it_is_asked(here: Path) -> None:
    """Danger: every run of pairs pays for a pass over its rows."""
    prepared, watched = mined(recipe(here))
    assert prepared.train.encoded.negatives is None
    assert not any("wrong partners" in phase for phase in watched.phases)


def test_a_forecast_counts_them_before_they_are_found(here: Path) -> None:
    """Danger: check promises the memory and time of a training of pairs, and the training reads eight texts a row."""
    small = {"batch_size": 8, "token_budget": 1 << 20}
    before = prepare(recipe(here, hard_negatives=6).changed(training=small), Watcher())
    after = with_mined(before, Watcher())
    plain = prepare(recipe(here).changed(training=small), Watcher())
    told, found, less = forecast(before), forecast(after), forecast(plain)
    # some rows find fewer than are sought, which nobody knows before
    assert told.memory_terms["activations"] == pytest.approx(found.memory_terms["activations"], rel=0.25)
    assert told.memory_terms["activations"] > 2 * less.memory_terms["activations"]
    assert with_guessed(before).train.encoded.costs.sum() == pytest.approx(after.train.encoded.costs.sum(), rel=0.25)
    assert "as if they were found already" in told.basis and "found already" not in found.basis + less.basis
    assert with_guessed(after) is after and with_guessed(plain) is plain


def test_a_forecast_of_hardly_any_texts(here: Path) -> None:
    """Danger: check dies where there are fewer texts than are sought, or none but a row's own."""
    asked = recipe(here, hard_negatives=6)
    for texts in (["b"], ["a", "b"]):
        lines = [f"{q},{texts[place % len(texts)]}" for place, q in enumerate(["a a", "b b", "a b", "b a"] * 3)]
        Path(asked.data.train).write_text("\n".join(["q,a", *lines]) + "\n", encoding="utf-8")
        prepared = prepare(asked, Watcher())
        picks = with_guessed(prepared).train.encoded.picks
        assert picks is not None and picks.shape == (len(prepared.train), len(texts) - 1)
        assert forecast(prepared).memory_bytes > 0
