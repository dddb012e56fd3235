"""Disks lose bits and people delete files: what is damaged is named and passed over, and the end is the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_runs import Watcher, leftovers, verified_in_process, weights

from tunewright.errors import CheckpointError
from tunewright.pipeline import train
from tunewright.records import Provenance, read_journal, read_record
from tunewright.records.checkpoint import MANIFEST

FILES = (MANIFEST, "optimizer.safetensors", "progress.json", "weights.safetensors")


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGES = {"truncated": truncate, "flipped": flip_a_bit, "deleted": Path.unlink}


def newest(run: Path) -> list[Path]:
    return sorted((run / "checkpoints").glob("step-*"), reverse=True)


def test_the_run_that_was_stopped_has_two_checkpoints_and_the_best(begun):
    """The tests below would prove nothing on a run with one checkpoint."""
    assert [folder.name for folder in newest(begun.folder)][:2] == ["step-000009", "step-000008"]
    assert sorted(path.name for path in newest(begun.folder)[0].iterdir()) == sorted(FILES)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_and_the_checkpoint_before_is_taken(begun, tmp_path, name, damage):
    """A flipped bit in the moments, or a fresh optimizer in the place of a lost one, trains on without a word."""
    recipe = begun.copy(tmp_path / "run")
    DAMAGES[damage](tmp_path / "run" / "checkpoints" / "step-000009" / name)
    said = begun.go_on(recipe)
    passed_over = next(note for note in said.notes if "passed over" in note)
    assert "step-000009" in passed_over
    if (name, damage) != (MANIFEST, "flipped"):  # a bit flipped in there makes another file look wrong
        assert name in passed_over
    assert "Going on after step 8." in said.notes
    assert said.steps == list(range(9, 16))
    assert weights(tmp_path / "run") == begun.expected
    assert passed_over in [event.get("text") for event in read_journal(tmp_path / "run" / "journal.jsonl")]
    assert passed_over in read_record(tmp_path / "run" / "provenance.json", Provenance).notes


def test_when_no_checkpoint_is_whole_training_starts_again_and_says_so(begun, tmp_path):
    """Starting over in silence, hours later, looks like a resume that hangs; refusing would need a hand."""
    recipe = begun.copy(tmp_path / "run")
    for folder in newest(tmp_path / "run"):
        flip_a_bit(folder / "weights.safetensors")
    said = begun.go_on(recipe)
    assert sum("passed over" in note for note in said.notes) == len(newest(begun.folder))
    assert any("starts again from step 0" in note for note in said.notes)
    assert said.steps == list(range(1, 16))
    assert weights(tmp_path / "run") == begun.expected
    assert leftovers(tmp_path / "run") == []


def test_damaged_checkpoints_do_not_push_out_good_ones(begun, tmp_path):
    """Kept by their number alone, the two damaged newest would be spared, and each good new one removed at once."""
    recipe = begun.copy(tmp_path / "run")
    for folder in newest(tmp_path / "run"):
        flip_a_bit(folder / "weights.safetensors")
    seen: list[str] = []
    watcher = Watcher({5: lambda: seen.extend(folder.name for folder in newest(tmp_path / "run"))})
    with verified_in_process():
        train(recipe, resume=True, observer=watcher)
    assert seen == ["step-000004", "step-000002"]


def test_damaged_best_weights_are_not_handed_over(begun, tmp_path):
    """The best checkpoint is read at the very end: unchecked, its flipped bit would become the model."""
    recipe = begun.copy(tmp_path / "run")
    best = [folder for folder in newest(tmp_path / "run") if folder.name not in ("step-000009", "step-000008")]
    assert best, "the best step was to be an older one"
    flip_a_bit(best[0] / "weights.safetensors")
    said = begun.go_on(recipe)
    assert any("the best weights so far" in note and best[0].name[-2:].lstrip("0") in note for note in said.notes)
    assert weights(tmp_path / "run") == begun.expected


def test_best_weights_damaged_while_the_run_goes_on_stop_it_before_the_model_is_written(begun, tmp_path):
    """The same, when the damage comes after the check at the start."""
    recipe = begun.copy(tmp_path / "run")
    run = tmp_path / "run"
    damaged: list[str] = []

    def damage_the_best() -> None:
        for folder in newest(run):
            if folder.name not in ("step-000014", "step-000012"):  # the two newest at that step
                damaged.append(folder.name)
                flip_a_bit(folder / "weights.safetensors")

    watcher = Watcher({15: damage_the_best})
    with verified_in_process(), pytest.raises(CheckpointError, match="has changed since it was written"):
        train(recipe, resume=True, observer=watcher)
    assert len(damaged) == 1
    assert not (run / "model").exists()
    begun.go_on(recipe)
    assert weights(run) == begun.expected


def test_a_torn_last_line_of_the_journal_is_forgotten(begun, tmp_path):
    """A kill in the middle of a line must not take the next line with it."""
    recipe = begun.copy(tmp_path / "run")
    with (tmp_path / "run" / "journal.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"event": "step", "step": 10, "lo')
    begun.go_on(recipe)
    events = list(read_journal(tmp_path / "run" / "journal.jsonl"))
    assert [event["step"] for event in events if event["event"] == "step"] == list(range(1, 16))
    assert sum(event["event"] == "resume" for event in events) == 1
    assert len((tmp_path / "run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()) == len(events)


def test_what_a_kill_kept_from_being_removed_is_removed_on_resume(begun, tmp_path):
    """A kill between the last save and its pruning leaves one checkpoint too many, for ever: nothing saves again."""
    recipe = begun.copy(tmp_path / "run")
    begun.go_on(recipe)
    kept = newest(tmp_path / "run")
    shutil.copytree(kept[0], kept[0].with_name("step-000012"))
    begun.go_on(recipe)
    assert newest(tmp_path / "run") == kept
    assert weights(tmp_path / "run") == begun.expected
