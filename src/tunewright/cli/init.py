"""tunewright init"""

from __future__ import annotations

import argparse
from pathlib import Path

from tunewright.cli.output import print_json
from tunewright.errors import UserError
from tunewright.pipeline.starter import starter
from tunewright.records import write_text

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Write a recipe for a data file, and say what was guessed and what to type next."""
    data = Path(options.file)
    target = Path(options.output or f"{data.resolve().name if data.is_dir() else data.stem}.yaml")
    if target.exists():
        raise UserError(f"{target} exists already; nothing was changed.\n  Write elsewhere with: --output another.yaml")
    begun = starter(data, text=options.text, target=options.target, task=options.task, model=options.model, page=target)
    write_text(target, begun.text)
    if options.json:
        print_json({"recipe": str(target.resolve()), "guess": begun.guess, "reasons": begun.reasons})
        return 0
    for field, value in begun.guess.items():
        print(f"{field:>7}: {value}  ({begun.reasons.get(field, 'given')})")
    print(f"Wrote {target}. Next:")
    print(f"  tunewright check {target}\n  tunewright train {target}")
    return 0
