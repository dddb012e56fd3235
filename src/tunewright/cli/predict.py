"""tunewright predict"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tunewright.cli.output import print_json
from tunewright.cli.target import run_path
from tunewright.pipeline import Run
from tunewright.pipeline.labelling import format_of, labelled, read_rows, rendered
from tunewright.records import write_text

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Label rows and write them out."""
    kind = format_of(options.output)
    done = Run.open(run_path(options.target))
    text = sys.stdin.buffer.read().decode("utf-8-sig", errors="replace") if options.file == "-" else None
    columns = read_rows(done, options.file, text)
    table = labelled(columns, done.predict_columns(columns), options.probabilities)
    if options.output:
        write_text(Path(options.output), rendered(table, kind))
        print(f"Wrote {len(next(iter(table.values())))} rows to {options.output}.", file=sys.stderr)
    elif options.json:
        names = list(table)
        print_json({"rows": [dict(zip(names, row, strict=True)) for row in zip(*table.values(), strict=True)]})
    else:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stdout.write(rendered(table, kind))
    return 0
