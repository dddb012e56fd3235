"""tunewright report"""

from __future__ import annotations

import argparse

from tunewright.cli.output import print_json, show
from tunewright.cli.target import run_path
from tunewright.records import RunFolder
from tunewright.report import summary, write_model_card, write_report

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Write the report from the records, and show the summary."""
    folder = RunFolder.open(run_path(options.target))
    if folder.model.is_dir():
        write_model_card(folder)
    path = write_report(folder)
    if options.json:
        print_json({"report": str(path.resolve())})
    else:
        show(summary(folder))
    return 0
