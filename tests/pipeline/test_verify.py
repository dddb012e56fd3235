"""What is handed over is compared with what it was made from, and a difference stops the run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tunewright.errors import VerificationError
from tunewright.pipeline import finish, train
from tunewright.pipeline.verify import compare, fresh_logits, logits_one_by_one, sample_rows
from tunewright.records import Verification, read_record

CPU = torch.device("cpu")


def spoilt_after(commit, spoil):
    """`commit_folder`, and then something happens to the folder."""

    def committed(target: Path, write):
        done = commit(target, write)
        if target.name == "model":
            spoil(target)
        return done

    return committed


def one_weight_less_right(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["classifier.bias"] = tensors["classifier.bias"] + 0.01
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_save_that_differs_is_found_in_the_new_process(placed, tmp_path, monkeypatch):
    """Weights that are right in memory and wrong on disk: the run must end with an error and its figures."""
    monkeypatch.setattr(finish, "commit_folder", spoilt_after(finish.commit_folder, one_weight_less_right))
    with pytest.raises(VerificationError) as caught:
        train(placed(training__max_steps=1))
    said = str(caught.value)
    assert "'save_load' failed" in said
    assert "0.01" in said
    assert f"Do not use {tmp_path / 'run' / 'model'}" in said
    check = read_record(tmp_path / "run" / "evaluation" / "verification.json", Verification).checks[0]
    assert not check.passed
    assert check.max_difference == pytest.approx(0.01, rel=1e-3)
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_folder_that_does_not_open_is_a_verification_error(prepared, runs, tmp_path):
    """With the last line of what went wrong, not the page of a traceback."""
    found = prepared("full")
    folder = runs.copy("full", tmp_path / "run") / "model"
    (folder / "config.json").write_text(json.dumps({"model_type": "nothing"}), encoding="utf-8")
    with pytest.raises(VerificationError) as caught:
        fresh_logits(folder, sample_rows(found, 0), found)
    said = str(caught.value)
    assert "cannot open" in said
    assert len(said.splitlines()) == 1


def test_rows_are_drawn_from_what_was_not_trained_on(prepared):
    """Up to 48, by the seed, in the order of the file."""
    found = prepared("full")
    rows = sample_rows(found, 0)
    assert (rows.name, len(rows)) == ("test", 24)
    assert rows.table.columns["review"] == found.test.table.columns["review"]
    shorter = replace(found, test=None, validation=None)
    first, second = sample_rows(shorter, 0), sample_rows(shorter, 1)
    assert (first.name, len(first)) == ("train", 48)
    assert list(first.table.line) == sorted(first.table.line)
    assert list(first.table.line) != list(second.table.line)
    assert list(first.table.line) == list(sample_rows(shorter, 0).table.line)


def test_one_row_at_a_time_is_what_a_batch_gives(prepared, runs):
    """Rows, targets and padding must not mix."""
    found, model = prepared("full"), runs("full").model
    rows = sample_rows(found, 0)
    single = logits_one_by_one(model, rows, found, CPU)
    assert single.shape == (24, 2)
    with torch.inference_mode():
        batch = model(**found.parts.inputs.collate(rows.encoded, range(24))).logits.numpy()
    assert single == pytest.approx(batch, abs=1e-5)


def test_the_measure_is_the_largest_difference(prepared, runs):
    """A mean would hide the one row that is wrong."""
    found, space = prepared("full"), runs("full").space
    original = np.array([[0.5, -0.5], [0.1, 0.0]])
    made = original.copy()
    made[1, 1] += 0.2
    check = compare("save_load", "one with another", made, original, found, sample_rows(found, 0), space, 1e-5)
    assert check.max_difference == pytest.approx(0.2)
    assert check.agreement == 0.5
    assert not check.passed
    assert compare("save_load", "", original, original, found, sample_rows(found, 0), space, 1e-5).passed


def test_large_outputs_may_differ_by_their_share(prepared, runs):
    """Prices in the millions do not agree to five decimals in fp32."""
    found, space = prepared("full"), runs("full").space
    original = np.array([[1e6, 0.0]])
    check = compare("save_load", "", original + 5.0, original, found, sample_rows(found, 0), space, 1e-5)
    assert check.passed
    assert check.tolerance == pytest.approx(10.0)
    assert not compare("save_load", "", original + 50.0, original, found, sample_rows(found, 0), space, 1e-5).passed


def test_outputs_that_are_no_numbers_never_pass(prepared, runs):
    """NaN is neither larger nor smaller than a tolerance."""
    found, space = prepared("full"), runs("full").space
    spoilt = np.array([[np.nan, 0.0]])
    assert not compare("save_load", "", spoilt, np.zeros((1, 2)), found, sample_rows(found, 0), space, 1e-5).passed
