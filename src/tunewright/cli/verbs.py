"""The commands and their arguments, as a table: what `--help` needs, and nothing that takes time to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["VERBS", "Argument", "Verb"]


@dataclass(frozen=True)
class Argument:
    """One argument of a command, as argparse takes it."""

    names: tuple[str, ...]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Verb:
    """A command: one line about it, the module whose `run` does it, its arguments."""

    summary: str
    module: str
    arguments: tuple[Argument, ...] = ()
    epilog: str = ""


def _argument(*names: str, **settings: Any) -> Argument:
    return Argument(names, settings)


_TASKS = (
    "classify", "multilabel", "regress", "tag", "answer", "similarity", "embed", "translate", "summarise", "masked",
    "language_model", "instruct", "prefer",
)  # fmt: skip
_RECIPE = _argument("recipe", metavar="RECIPE", help="recipe, a YAML file")
_RUN = _argument("target", metavar="RUN", help="folder of a run, or its recipe")
_OVERRIDES = _argument(
    "overrides", metavar="field=value", nargs="*", help="replace a field of the recipe: training.epochs=5"
)
_OVERWRITE = _argument("--overwrite", action="store_true", help="replace the run that stands in the output folder")

VERBS: dict[str, Verb] = {
    "demo": Verb(
        "run the whole job on the sample model and data, and say where the report is",
        "tunewright.cli.demo",
        (_OVERRIDES,),
    ),
    "init": Verb(
        "look at a data file and write a recipe that runs",
        "tunewright.cli.init",
        (
            _argument(
                "file",
                metavar="FILE",
                help="csv, tsv, jsonl, json, parquet, txt, words with their tags, a folder with a folder a class, or "
                "sample://tickets",
            ),
            _argument("--text", metavar="COLUMN", help="the column to read; guessed if left out"),
            _argument("--target", metavar="COLUMN", help="the column to predict; guessed if left out"),
            _argument("--task", choices=_TASKS, help="guessed if left out"),
            _argument(
                "--model",
                default=None,
                help="model to start from; if left out, sample://minilm where it can do the task, else one to download",
            ),
            _argument("--output", "-o", metavar="RECIPE", help="where to write; default is the file's name with .yaml"),
        ),
    ),
    "check": Verb(
        "audit recipe and data without training: faults by line, duplicates, leaks, lengths, cost",
        "tunewright.cli.check",
        (_RECIPE, _OVERRIDES),
    ),
    "train": Verb(
        "fine-tune, evaluate and report",
        "tunewright.cli.train",
        (
            _RECIPE,
            _OVERRIDES,
            _argument("--resume", action="store_true", help="go on with the run in the output folder"),
            _OVERWRITE,
            _argument("--processes", type=int, default=1, metavar="N", help="processes that share every step"),
            _argument("--on", choices=("here", "ray"), default="here", help="this machine, or a Ray cluster"),
        ),
    ),
    "evaluate": Verb(
        "measure a finished run again, on other data if you say so: data.test=new.csv",
        "tunewright.cli.evaluate",
        (_RUN, _OVERRIDES),
    ),
    "predict": Verb(
        "label the rows of a file, or of standard input",
        "tunewright.cli.predict",
        (
            _RUN,
            _argument("file", metavar="FILE", help="rows to label; - reads one text a line from standard input"),
            _argument(
                "overrides",
                metavar="field=value",
                nargs="*",
                help="how FILE is read: data.encoding=gb18030, data.delimiter=';', data.quoting=false; else detected",
            ),
            _argument("--output", "-o", metavar="FILE", help="csv or jsonl; default is csv on standard output"),
            _argument("--probabilities", action="store_true", help="add the probability of every label"),
        ),
    ),
    "report": Verb(
        "write report.html and the model card from the records of a run",
        "tunewright.cli.report",
        (_RUN,),
    ),
    "cache": Verb(
        "list the prepared data that is kept for the next run, or clear it away",
        "tunewright.cli.cache",
        (_argument("--clear", action="store_true", help="remove it all; it is prepared again when it is needed"),),
        "Kept in $TUNEWRIGHT_CACHE, else ~/.cache/tunewright, up to $TUNEWRIGHT_CACHE_GIB (20; 0 keeps nothing).",
    ),
    "models": Verb(
        "list base models to start from, with sizes and licences",
        "tunewright.cli.models",
        (
            _argument("--task", metavar="TASK", help="only those for this task, one of: tunewright parts task"),
            _argument("--language", metavar="CODE", help="only those that read it: en, zh, vi, ...; en-zh for a pair"),
        ),
    ),
    "parts": Verb(
        "list every kind of task, method, loss, ... with one line about each",
        "tunewright.cli.parts",
        (_argument("family", metavar="FAMILY", nargs="?", help="only this family"),),
    ),
    "schema": Verb(
        "print the JSON Schema of a recipe, for editors",
        "tunewright.cli.schema",
    ),
    "doctor": Verb(
        "show what this machine can do and what is not installed",
        "tunewright.cli.doctor",
    ),
}
