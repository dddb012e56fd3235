"""tunewright parts"""

from __future__ import annotations

import argparse

from rich.table import Table

from tunewright.cli.output import print_json, show
from tunewright.errors import UserError, near_miss
from tunewright.recipe import catalog

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """List every kind of part with the first line of its documentation."""
    families = catalog.families()
    if options.family and options.family not in families:
        hint = near_miss(options.family, families) or f"Families: {', '.join(families)}."
        raise UserError(f"There is no family {options.family!r}. {hint}")
    shown = {
        family: {kind: catalog.load(family, kind).summary() for kind in catalog.kinds(family)}
        for family in families
        if options.family in (None, family)
    }
    if options.json:
        print_json(shown)
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("family", "kind", "what it is"):
        table.add_column(column, no_wrap=column != "what it is")
    for family, kinds in shown.items():
        for position, (kind, line) in enumerate(kinds.items()):
            table.add_row(family if position == 0 else "", kind, line)
    show(table)
    return 0
