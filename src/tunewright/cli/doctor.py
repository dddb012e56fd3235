"""tunewright doctor"""

from __future__ import annotations

import argparse

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tunewright.cli.output import print_json, show
from tunewright.pipeline.doctor import examine

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Show the machine, its speed, and what is not installed."""
    found = examine()
    if options.json:
        print_json(found.model_dump(mode="json"))
        return 0
    machine = found.machine
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    for name, value in [
        ("machine", machine.platform),
        ("python", machine.python),
        (
            "cpu",
            f"{machine.cpu}, {machine.cores} cores, {', '.join(machine.instruction_sets) or 'no vector units known'}",
        ),
        ("memory", f"{machine.memory_bytes / 2**30:.1f} GiB, {found.free_memory_bytes / 2**30:.1f} GiB free"),
        ("disk here", f"{found.free_disk_bytes / 2**30:.1f} GiB free"),
        ("gpus", ", ".join(machine.gpus) or "none"),
        *((f"matmul {rate.dtype}", f"{rate.gflops:,.0f} GFLOP/s ({rate.device})") for rate in found.rates),
        ("precision", f"{found.precision}: {found.precision_reason}"),
        *((name, version) for name, version in found.packages.items()),
    ]:
        facts.add_row(name, value)
    show(facts)
    for extra in found.extras:
        mark = "[green]installed[/]" if extra.installed else f"missing: [bold]{escape(extra.command)}[/]"
        show(Text.from_markup(f"extra {extra.name} ({extra.purpose}): {mark}"))
    return 0
