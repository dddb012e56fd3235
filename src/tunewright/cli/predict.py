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
    columns = read_rows(done, options.file, sys.stdin.buffer.read() if options.file == "-" else None)
    table = labelled(columns, done.predict_columns(columns), options.probabilities)
    if options.output:
        rows = len(next(iter(table.values())))
        write_text(Path(options.output), rendered(table, kind))
        print(f"Wrote {rows} rows to {options.output}.", file=sys.stderr)
        if options.json:
            print_json({"output": str(Path(options.output).resolve()), "rows": rows})
    elif options.json:
        names = list(table)
        print_json({"rows": [dict(zip(names, row, strict=True)) for row in zip(*table.values(), strict=True)]})
    else:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stdout.write(rendered(table, kind))
    return 0
