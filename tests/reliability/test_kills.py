"""A training that is killed, again and again, ends as if nothing had been: the same bytes, without a hand."""

from __future__ import annotations

import signal
from collections import Counter


def blows(ordeal) -> list[tuple[int, bool]]:
    """(how the attempt ended, whether it ended inside a save) of every attempt that was to be killed."""
    return [pair for trial in ordeal["killed"] for pair in zip(trial["statuses"], trial["saving"], strict=True)]


def test_enough_were_killed_and_a_third_of_them_inside_a_save(ordeal):
    """A kill test whose kills all fall between two saves proves nothing about saving."""
    killed = [saving for status, saving in blows(ordeal) if status == -signal.SIGKILL]
    assert len(killed) >= ordeal["asked"] >= 50
    assert sum(killed) >= len(killed) / 3


def test_two_hundred_are_killed_in_all(ordeals):
    """Rare instants are met by many blows; whoever lowers the number shall do so knowingly."""
    ends = [status for method in ordeals.processes for status, _ in blows(ordeals(method))]
    assert ends.count(-signal.SIGKILL) >= 200


def test_nothing_but_the_kill_ended_an_attempt(ordeal):
    """A run that a kill has wrecked would fail by itself the next time."""
    ends = Counter(status for status, _ in blows(ordeal))
    assert set(ends) <= {-signal.SIGKILL, 0}, ends
    assert sum(trial["tracebacks"] for trial in ordeal["killed"]) == 0


def test_every_run_was_completed_by_the_same_command(ordeal):
    """A resume that needs a hand is found at night, by a scheduler that has none."""
    failed = [trial["log"] for trial in ordeal["killed"] if trial["last"] != 0]
    assert not failed, failed[0]
    assert len(ordeal["killed"]) >= 10


def test_the_bytes_are_those_of_a_run_that_was_left_alone(ordeal):
    """Replayed or skipped rows, other dropout, moments started anew: all give weights that look right and are not."""
    assert [trial for trial in ordeal["killed"] if trial["different"]] == []


def test_the_journal_tells_each_step_once(ordeal):
    """Curves with steps told twice, or left out, show a training that never was."""
    assert all(trial["journal"] for trial in ordeal["killed"])


def test_each_step_saw_the_rows_it_would_have_seen(ordeal):
    """A sampler that starts anew shows some rows twice and others never: the loss curve looks as usual."""
    assert all(trial["order"] for trial in ordeal["killed"])


def test_nothing_half_done_is_left(ordeal):
    """Every kill may leave a folder as large as the model; a disk fills up with them unseen."""
    assert [trial["leftovers"] for trial in ordeal["killed"] if trial["leftovers"]] == []


def test_a_stop_signal_at_any_instant_says_so_and_loses_nothing(ordeal):
    """SIGTERM comes while data are read, in a step, in a save or while the model is written; each must end in order."""
    for trial in ordeal["stopped"]:
        number = trial["signal"]
        # 0: it came when all was done; minus the signal: before Python listened, when nothing was begun
        assert trial["statuses"][0] in (128 + number, 0, -number), trial
        assert (trial["last"], trial["different"], trial["leftovers"], trial["tracebacks"]) == (0, [], [], 0), trial
    assert {128 + signal.SIGTERM, 128 + signal.SIGINT} <= {t["statuses"][0] for t in ordeal["stopped"]}


def test_a_second_process_in_the_folder_is_sent_away(ordeals):
    """Two trainings in one folder would each prune the other's checkpoints."""
    crowded = ordeals("full")["in_use"]
    assert crowded["second"] == 75
    assert f"in use by process {crowded['process']}." in crowded["message"]
    assert "Traceback" not in crowded["message"]
    assert (crowded["first"], crowded["different"]) == (0, False)


def test_of_processes_that_start_one_run_at_once_one_trains(ordeals):
    """A scheduler that starts a job twice in one second must not get two trainings mixed in one folder."""
    crowd = ordeals("full")["at_once"]
    first, *others = sorted(crowd["statuses"])
    # 75: the folder is in use; 2: the winner was done already
    assert first == 0
    assert set(others) <= {75, 2}, crowd
    assert not any("Traceback" in log for log in crowd["logs"])
    assert not crowd["different"]
