"""From arguments to a command, and from what goes wrong to a message and an exit status."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import json
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from tunewright.cli.verbs import VERBS, Verb
from tunewright.errors import DataError, FailedElsewhere, RecipeError, ResourceError, TunewrightError, near_miss

__all__ = ["main"]

_EPILOG = """\
A RECIPE is a YAML file, a RUN the folder that a training left (or the recipe it came from). Any field of a recipe can
be replaced: training.epochs=5. Exit status: 0 done; 1 failed, or what was made did not pass its verification;
2 a mistake to mend, in the command, the recipe or the data; 75 no resources, try again; 130 / 143 stopped by a signal,
saved, go on with --resume.
"""


# what stands in the way of a path, and is no bug of ours
_IN_THE_WAY = (
    errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP,
    errno.EFBIG, errno.EIO, errno.ESTALE,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit status. Only a bug of tunewright itself shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese shows escapes instead of a traceback
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    if given[0] in ("-V", "--version"):
        print(f"tunewright {importlib.import_module('importlib.metadata').version('tunewright')}")
        return 0
    verb = VERBS.get(given[0])
    if verb is None:
        hint = near_miss(given[0], VERBS) or f"Commands: {', '.join(VERBS)}."
        print(f"tunewright: there is no command {given[0]!r}. {hint}", file=sys.stderr)
        return 2
    options = _parser(given[0], verb).parse_intermixed_args(given[1:])
    return _run(verb, options)


def _refuse_no_page(options: argparse.Namespace) -> None:
    """Say that a recipe is not there, or no page, before the seconds that the command's imports take."""
    if hasattr(options, "recipe") and "RANK" not in os.environ:  # of many processes, one speaks
        importlib.import_module("tunewright.recipe.page").read_page(Path(options.recipe))


def _run(verb: Verb, options: argparse.Namespace) -> int:
    # models are found on disk or refused; libraries below must not draw bars or warn over our own output
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    # deprecations inside transformers and peft are ours to follow, not the user's to read
    warnings.filterwarnings("ignore", category=FutureWarning)
    try:
        _refuse_no_page(options)
        command = importlib.import_module(verb.module)
        return int(command.run(options) or 0)
    except FailedElsewhere as error:  # of many processes, one speaks
        return error.exit_code
    except TunewrightError as error:
        return _failed(error, options)
    except KeyboardInterrupt:
        if os.environ.get("RANK", "0") == "0":  # of many processes, one speaks
            print("\ntunewright: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except MemoryError:
        return _failed(ResourceError("This machine has too little memory for what was asked."), options)
    except OSError as error:
        where = error.filename or "a file"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _failed(ResourceError(f"The disk is full: {where} could not be written."), options)
        if error.errno in _IN_THE_WAY:
            return _failed(TunewrightError(f"{where} cannot be written or read: {error.strerror}."), options)
        raise


def _failed(error: TunewrightError, options: argparse.Namespace) -> int:
    print(f"tunewright: {error}", file=sys.stderr)
    if getattr(options, "json", False):
        problems = error.problems if isinstance(error, (RecipeError, DataError)) else ()
        listed = [{"where": p.where, "what": p.what, "hint": p.hint} for p in problems]
        shown = {"error": type(error).__name__, "message": str(error), "problems": listed}
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    return error.exit_code


def _overview() -> str:
    width = max(map(len, VERBS))
    lines = [f"  {name:<{width}}  {verb.summary}" for name, verb in VERBS.items()]
    return "\n".join(
        [
            "usage: tunewright COMMAND [RECIPE|RUN] [field=value ...] [options]",
            "",
            "From your own labelled data to a fine-tuned transformer that you can trust and ship.",
            "",
            *lines,
            "",
            _EPILOG.rstrip(),
            "Options of one command: tunewright COMMAND --help",
        ]
    )


def _parser(name: str, verb: Verb) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"tunewright {name}", description=verb.summary, allow_abbrev=False, epilog=verb.epilog or None
    )
    for argument in verb.arguments:
        parser.add_argument(*argument.names, **argument.settings)
    parser.add_argument("--json", action="store_true", help="print the records as JSON on standard output")
    return parser
