"""tunewright init"""

from __future__ import annotations

import argparse
from pathlib import Path

from tunewright.cli.output import print_json, show
from tunewright.errors import UserError
from tunewright.pipeline.starter import Start, starter
from tunewright.records import write_text
from tunewright.report import findings_view
from tunewright.report.wording import delimiter_name

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Write a recipe for a data file, and say what was guessed and what to type next."""
    data = options.file if options.file.startswith("sample://") else Path(options.file)
    name = Path(options.file).resolve().name if Path(options.file).is_dir() else Path(options.file).stem
    target = Path(options.output or f"{name}.yaml")
    if target.exists():
        raise UserError(f"{target} exists already; nothing was changed.\n  Write elsewhere with: --output another.yaml")
    begun = starter(data, text=options.text, target=options.target, task=options.task, model=options.model, page=target)
    write_text(target, begun.text)
    if options.json:
        seen = {
            "files": [file.model_dump(mode="json") for file in begun.files],
            "rows": begun.rows,
            "findings": [finding.model_dump(mode="json") for finding in begun.findings],
            "notes": list(begun.notes),
        }
        print_json({"recipe": str(target.resolve()), "guess": begun.guess, "reasons": begun.reasons, **seen})
        return 0
    print(f"{'file':>7}: {options.file}  ({_read_as(begun)})")
    for field, value in begun.guess.items():
        print(f"{field:>7}: {value}  ({begun.reasons.get(field, 'given')})")
    if begun.findings:
        show(findings_view(begun.findings))
    for note in begun.notes:
        print(note)
    print(f"Wrote {target}. Next:")
    print(f"  tunewright check {target}\n  tunewright train {target}")
    return 0


def _read_as(begun: Start) -> str:
    """`csv, semicolon, gb18030; 118 rows`: how the file was read, to be seen to be right."""
    first = begun.files[0]
    several = f"{len(begun.files)} files" if len(begun.files) > 1 else ""
    mark = f"cells parted by a {delimiter_name(first.delimiter)}" if first.delimiter else ""
    encodings = ", ".join(dict.fromkeys(file.encoding for file in begun.files))
    rows = "1 row" if begun.rows == 1 else f"{begun.rows:,} rows"
    return f"{', '.join(filter(None, (first.format, several, mark, encodings)))}; {rows} to learn from"
