"""tunewright cache"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from tunewright.cli.output import print_json, show
from tunewright.pipeline.store import Kept, clear, kept
from tunewright.records.cache import cache_folder, cache_limit

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """List prepared data, what was used last first; with `--clear` remove it."""
    limit = cache_limit()
    freed = clear() if options.clear else 0
    found = kept()
    if options.json:
        print_json(
            {
                "folder": str(cache_folder() or ""),
                "limit_bytes": limit,
                "bytes": sum(one.bytes for one in found),
                "freed_bytes": freed,
                "prepared": [_record(one) for one in found],
            }
        )
        return 0
    if options.clear:
        print(f"Freed {_size(freed)}.")
    if not found:
        print(f"No prepared data is kept in {cache_folder()}." if cache_folder() else "There is no cache folder.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("last used", "size", "state", "folder"):
        table.add_column(name, no_wrap=True)
    for one in found:
        state = "whole" if one.finished else "begun"
        table.add_row(_when(one), _size(one.bytes), state, Text(str(one.folder)))
    show(table)
    print(f"{_size(sum(one.bytes for one in found))} of {_size(limit)}. Remove all: tunewright cache --clear")
    return 0


def _record(one: Kept) -> dict[str, object]:
    return {"folder": str(one.folder), "bytes": one.bytes, "used": _when(one), "finished": one.finished}


def _when(one: Kept) -> str:
    return datetime.fromtimestamp(one.used, UTC).isoformat(timespec="seconds")


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"
