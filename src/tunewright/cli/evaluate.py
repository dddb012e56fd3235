"""tunewright evaluate"""

from __future__ import annotations

import argparse

from tunewright.cli.output import print_json, show
from tunewright.cli.progress import observer
from tunewright.cli.records import run_records
from tunewright.cli.target import run_path
from tunewright.pipeline import evaluate
from tunewright.report import summary

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Measure a run again and show the figures."""
    watcher = observer()
    try:
        done = evaluate(run_path(options.target), options.overrides, watcher)
    finally:
        watcher.close()
    if options.json:
        print_json(run_records(done.folder))
    else:
        show(summary(done.folder))
    return 0
