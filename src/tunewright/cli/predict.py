"""tunewright predict"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tunewright.cli.output import print_json
from tunewright.cli.target import run_path
from tunewright.pipeline import Run
from tunewright.pipeline.labelling import answers, format_of, labelled, remarks, rendered
from tunewright.pipeline.new_rows import read_rows, reading
from tunewright.records import write_text

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Label rows and write them out."""
    kind = format_of(options.output)
    done = Run.open(run_path(options.target))
    said = reading(done, options.overrides)
    rows = read_rows(done, options.file, sys.stdin.buffer.read() if options.file == "-" else None, said)
    found = answers(done, rows)
    for remark in remarks(rows, found):
        print(f"note: {remark}", file=sys.stderr)
    table = labelled(rows.columns, found, done.space, options.probabilities)
    if options.output:
        write_text(Path(options.output), rendered(table, kind))
        print(f"Wrote {len(rows):,} {'row' if len(rows) == 1 else 'rows'} to {options.output}.", file=sys.stderr)
        if options.json:
            without = sum(answer is None for answer in found)
            print_json({"output": str(Path(options.output).resolve()), "rows": len(rows), "without_text": without})
    elif options.json:
        names = list(table)
        print_json({"rows": [dict(zip(names, row, strict=True)) for row in zip(*table.values(), strict=True)]})
    else:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stdout.write(rendered(table, kind))
    return 0
