"""The page's building blocks: sections, tables, lists of facts, boxes that fold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunewright.report.html import Html, tag

__all__ = ["Column", "Section", "badge", "facts", "figure", "folded", "grid", "note", "table"]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report; `body` of None leaves it out."""

    name: str
    """Anchor in the page."""
    title: str
    body: Html | None


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column. Figures stand right and keep their digits under one another."""

    title: str
    figures: bool = False


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], class_: str = "") -> Html:
    """A table whose first cell in each row is the row's heading. Wide ones scroll inside their own frame."""
    head = [tag("th", c.title, scope="col", class_="num" if c.figures else None) for c in columns]
    body = []
    for row in rows:
        cells = [
            tag("td" if place else "th", cell, scope=None if place else "row", class_="num" if column.figures else None)
            for place, (column, cell) in enumerate(zip(columns, row, strict=True))
        ]
        body.append(tag("tr", cells))
    whole = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", head)), tag("tbody", body), class_=class_ or None
    )
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """Names and values side by side; pairs whose value is None are left out."""
    kept = [(name, value) for name, value in pairs if value is not None]
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in kept], class_="facts")


def figure(picture: Html, caption: object, *keys: tuple[str, str]) -> Html:
    """A chart over its caption.

    Args:
        keys: style and meaning of each line, where a chart has several.
    """
    legend = [tag("span", tag("i", class_=f"key {style}"), text) for style, text in keys]
    return tag("figure", picture, tag("figcaption", caption, tag("span", legend, class_="keys") if keys else None))


def grid(*children: object) -> Html:
    """Pictures side by side where there is room, else under one another."""
    return tag("div", *children, class_="grid")


def folded(summary: object, *children: object) -> Html:
    """What only some readers want: closed at first, opened by a click, printed in full."""
    return tag("details", tag("summary", summary), *children)


def note(*children: object) -> Html:
    """A remark in small, quiet letters."""
    return tag("p", *children, class_="quiet")


def badge(text: str, tone: str) -> Html:
    """A word in a coloured frame."""
    return tag("span", text, class_=f"badge {tone}")
