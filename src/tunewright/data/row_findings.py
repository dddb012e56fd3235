"""What the audit says about rows: those at fault, those that repeat, and splits that hold too few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunewright.data.duplicates import Repeats
from tunewright.data.findings import MOST_PLACES, Severity, finding, rows
from tunewright.data.missing import says_missing
from tunewright.data.table import Table, is_empty, shown
from tunewright.data.usable import Usable
from tunewright.records import Finding, Place

__all__ = ["fault_findings", "missing_findings", "note_findings", "repeat_findings", "size_findings"]

_FEW_ROWS = 30
_REPEATS: tuple[tuple[str, str, Severity], ...] = (
    ("duplicate", "same as", "warning"),
    ("near_duplicate", "nearly the same as", "info"),
    ("conflict", "same input, another target than", "warning"),
)


def fault_findings(checked: Mapping[str, Usable], severity: Severity) -> list[Finding]:
    """One finding for each kind of fault, over all files."""
    by_code: dict[str, list[Place]] = {}
    for result in checked.values():
        for code, places in result.faults.items():
            by_code.setdefault(code, []).extend(places)
    return [finding(code, severity, places) for code, places in by_code.items()]


def note_findings(raw: Mapping[str, Table], checked: Mapping[str, Usable], group: str | None) -> list[Finding]:
    """Rows without any label, files without names, rows without a group."""
    found: list[Finding] = []
    bare = [place for result in checked.values() for place in result.without_labels]
    if bare:
        found.append(finding("no_labels", "info", bare))
    found.extend(_separators(checked))
    headless = [Place(file=shown(f.path), line=1) for table in raw.values() for f in table.files if not f.header]
    if headless:
        found.append(finding("no_header", "info", headless))
    found.extend(_encodings(raw))
    if group is not None:
        tables = [result.table for result in checked.values()]
        lonely = [t.place(row) for t in tables for row, cell in enumerate(t.column(group)) if is_empty(cell)]
        if lonely:
            found.append(finding("no_group", "warning", lonely))
    return found


def missing_findings(tables: Mapping[str, Table], roles: Sequence[Sequence[str]]) -> list[Finding]:
    """Rows of which one of the roles, each a list of columns, is not empty but says so: `NA`, `null`."""
    places: list[Place] = []
    for table in tables.values():
        cells = [[table.column(name) for name in names] for names in roles]
        for row in range(len(table)):
            held = [[column[row] for column in columns] for columns in cells]
            # all empty is a fault of its own, or may be so
            if any(all(map(says_missing, one)) and not all(map(is_empty, one)) for one in held):
                places.append(table.place(row))
    return [finding("missing_text", "warning", places)] if places else []


def _separators(checked: Mapping[str, Usable]) -> list[Finding]:
    """How a column of several labels in one text was taken apart."""
    marks = {name: result.separator for name, result in checked.items() if result.separator}
    if not marks:
        return []
    said = ", ".join(f"{mark!r} in {name}" for name, mark in marks.items())
    return [
        Finding(
            code="separator",
            severity="warning" if len(set(marks.values())) > 1 else "info",
            title=f"Cells of several labels are cut at {said}",
            count=sum(len(checked[name].table) for name in marks),
            harm="Cut at the wrong character, parts of a label are learned as labels of their own.",
            advice="Look at the classes below. Lists in jsonl or parquet need no separator.",
        )
    ]


def _encodings(raw: Mapping[str, Table]) -> list[Finding]:
    """Files whose encoding was told by its look alone; a mark or valid UTF-8 proves itself."""
    files = [file for table in raw.values() for file in table.files]
    legacy = [f for f in files if f.encoding_detected and f.encoding and not f.encoding.startswith("utf-")]
    places = [Place(file=shown(file.path), line=1, note=f"read as {file.encoding}") for file in legacy]
    return [finding("encoding", "info", places)] if places else []


def repeat_findings(
    tables: Mapping[str, Table], repeats: Mapping[str, Repeats], advice: Mapping[str, str] | None = None
) -> list[Finding]:
    """Repeats and contradictions inside each file; the same row in two files is a leak instead.

    Args:
        tables, repeats: by split.
        advice: instead of the usual advice, by code.
    """
    found: list[Finding] = []
    for code, note, severity in _REPEATS:
        places: list[Place] = []
        count = 0
        for name, table in tables.items():
            here = repeats[name]
            pairs = {"duplicate": here.exact, "near_duplicate": here.near, "conflict": here.conflicts}[code]
            count += len(pairs)
            for row, earlier in pairs[: MOST_PLACES - len(places)]:
                places.append(table.place(row, f"{note} {table.short_place(earlier)}"))
        if count:
            found.append(finding(code, severity, places, count=count, advice=(advice or {}).get(code, "")))
    return found


def size_findings(splits: Mapping[str, Table], shares: Mapping[str, float]) -> list[Finding]:
    """Splits without rows, and splits too small to measure on."""
    found: list[Finding] = []
    for name, table in splits.items():
        if not len(table):
            found.append(_no_rows(name, name in shares and len(splits["train"]) > 0))
        elif name != "train" and len(table) < _FEW_ROWS:
            found.append(
                Finding(
                    code="few_rows",
                    severity="warning",
                    title=f"{name} holds {rows(len(table))}",
                    count=len(table),
                    harm="One row more or less right moves its figures by several points: the interval says how much.",
                    advice="Collect more labelled rows, or compare no two models by these figures.",
                )
            )
    return found


def _no_rows(name: str, drawn: bool) -> Finding:
    if name == "train":
        harm, advice = "", "Mend the rows that the other findings name."
    else:
        harm = f"Figures over no {name} rows would be not-a-number."
        reason = (
            "Train must keep one row of each label, and rows of one group or input stay together. " if drawn else ""
        )
        advice = f"{reason}Give it more rows, a file of its own, or type data.{name}=null."
    return Finding(
        code="no_rows", severity="error", title=f"No row is left for {name}", count=0, harm=harm, advice=advice
    )
