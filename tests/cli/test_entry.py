"""From arguments to a command, and from what goes wrong to a message and an exit status."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import types

import pytest

import tunewright
from tunewright import errors
from tunewright.cli import main
from tunewright.cli.verbs import VERBS


@pytest.fixture
def ending(monkeypatch, typed):
    """Runs a command that ends with an error of the test's choice."""

    def run(error: BaseException, *words: str):
        def command(options):
            raise error

        monkeypatch.setitem(sys.modules, "tunewright.cli.schema", types.SimpleNamespace(run=command))
        return typed("schema", *words)

    return run


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_the_overview_lists_every_command(typed, words):
    """The one page that everybody sees."""
    done = typed(*words)
    assert (done.status, done.err) == (0, "")
    assert all(f"  {verb}" in done.out for verb in VERBS)
    assert all(status in done.out for status in ("75", "130 / 143"))
    said = " ".join(done.out.split())
    assert "1 failed, or what was made did not pass its verification" in said
    assert "2 a mistake to mend, in the command, the recipe or the data" in said, "that is what `check` answers"


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_help(typed, verb):
    """With its arguments and what each is for."""
    done = typed(verb, "--help")
    assert done.status == 0
    assert f"usage: tunewright {verb}" in done.out
    assert "--json" in done.out


@pytest.mark.parametrize("words", [["--version"], ["-V"]])
def test_version(typed, words):
    """The one of the package."""
    assert typed(*words).out == f"tunewright {tunewright.__version__}\n"


@pytest.mark.parametrize(("verb", "meant"), [("trian", "train"), ("chekc", "check"), ("Predict", "predict")])
def test_a_misspelled_command_has_its_near_miss(typed, verb, meant):
    """Typed in a hurry, at the start of every day."""
    done = typed(verb, "x.yaml")
    assert (done.status, done.out) == (2, "")
    assert f"Did you mean {meant!r}?" in done.err


def test_a_word_that_is_like_nothing_lists_the_commands(typed):
    """There is no near miss to offer."""
    done = typed("zzzz")
    assert done.status == 2
    assert all(verb in done.err for verb in VERBS)


WRONG = [["train"], ["train", "x.yaml", "--resum"], ["predict", "run"], ["init", "a", "--task", "x"]]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_arguments_are_status_2(typed, words):
    """With the usage line of that command; an option is never completed by guess."""
    done = typed(*words)
    assert (done.status, done.out) == (2, "")
    assert f"usage: tunewright {words[0]}" in done.err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UserError("a"), 2),
        (errors.RecipeError("a"), 2),
        (errors.DataError("a"), 2),
        (errors.MissingExtraError("a", "b", "c"), 2),
        (errors.RunError("a"), 1),
        (errors.NonFiniteError("a"), 1),
        (errors.CheckpointError("a"), 1),
        (errors.VerificationError("a"), 1),
        (errors.ResourceError("a"), 75),
        (errors.Stopped(15, "a"), 143),
        (errors.Stopped(2, "a"), 130),
        (KeyboardInterrupt(), 130),
        (MemoryError(), 75),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "file"), 75),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), 75),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "file"), 1),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "file"), 1),
        (NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "file"), 1),
        (IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), "file"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_each_error_has_its_status_and_one_message(ending, error, status):
    """Scripts and schedulers decide by these numbers; people by the message. Neither wants a traceback."""
    done = ending(error)
    assert (done.status, done.out) == (status, "")
    assert "tunewright: " in done.err
    assert "None" not in done.err


def test_errors_are_json_when_asked(ending):
    """A program must not have to parse prose."""
    problems = [errors.Problem("data.train", "is missing", "Name a file.")]
    done = ending(errors.DataError("Wrong.", problems), "--json")
    assert done.json == {
        "error": "DataError",
        "message": str(errors.DataError("Wrong.", problems)),
        "problems": [{"where": "data.train", "what": "is missing", "hint": "Name a file."}],
    }
    assert ending(errors.ResourceError("Full."), "--json").json["problems"] == []


def test_a_bug_shows_its_traceback(ending):
    """Hidden behind a friendly sentence, a bug of ours could not be mended."""
    with pytest.raises(ZeroDivisionError):
        ending(ZeroDivisionError())
    with pytest.raises(FileNotFoundError):
        ending(FileNotFoundError(errno.ENOENT, "gone", "x"))


def test_a_reader_that_goes_away_is_no_error(monkeypatch, tmp_path):
    """`tunewright schema | head -1`"""

    def gone(options):
        raise BrokenPipeError

    moved = []
    with (tmp_path / "out").open("w", encoding="utf-8") as sink, monkeypatch.context() as patch:
        patch.setattr(os, "dup2", lambda source, target: moved.append(target))
        patch.setattr(sys, "stdout", sink)
        patch.setitem(sys.modules, "tunewright.cli.schema", types.SimpleNamespace(run=gone))
        assert main(["schema"]) == 141
        assert moved == [sink.fileno()], "what Python still wants to write goes nowhere"


def test_a_terminal_without_the_characters_shows_escapes(monkeypatch):
    """A label in Chinese on a terminal of the last century ended in a UnicodeEncodeError."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    monkeypatch.setitem(sys.modules, "tunewright.cli.schema", types.SimpleNamespace(run=lambda _: print("退款")))
    assert main(["schema"]) == 0
    sys.stdout.flush()
    assert raw.getvalue() == b"\\u9000\\u6b3e\n"


@pytest.mark.parametrize("name", ["nowhere.yaml", "x" * 300])
def test_no_recipe_is_told_before_anything_is_loaded(name, tmp_path):
    """Danger: six seconds of imports for a name that was misspelled."""
    code = "import sys; from tunewright.cli import main; print(main(sys.argv[1:]), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "check", name], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["2", "False"], done.stderr
    assert name in done.stderr and "Traceback" not in done.stderr
