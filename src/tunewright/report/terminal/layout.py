"""How the terminal's tables look: no frames, headings quiet, long paths folded and never cut.

Figures stand right; where a terminal is too narrow for one, an ellipsis says so: half a number would be a wrong one.
"""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from tunewright.report.plain import cut, visible

__all__ = ["given", "heading", "quiet", "table"]


def table(*columns: str, figures: tuple[str, ...] = ()) -> Table:
    """A table without frame; the columns named in `figures` stand right and are not folded."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in columns:
        number = title in figures
        made.add_column(title, justify="right" if number else "left", overflow="ellipsis" if number else "fold")
    return made


def given(text: object, limit: int = 4096, style: str = "") -> Text:
    """Text that a user wrote: never read as rich's markup, its escape characters made visible."""
    return Text(cut(visible(text), limit), style=style, overflow="fold")


def heading(text: str) -> Text:
    """A blank line and a bold one."""
    return Text(f"\n{text}", style="bold")


def quiet(text: str) -> Text:
    """A remark."""
    return Text(visible(text), style="dim", overflow="fold")
