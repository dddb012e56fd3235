"""What was found in the data before training: files, splits, balance, findings, lengths."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.records import Audit, ClassCount, Finding, Lengths, Sizes
from tunewright.report.block import Column, Section, badge, facts, figure, folded, grid, note, table
from tunewright.report.charts.bar import Limit, bar, columns
from tunewright.report.evidence import Evidence
from tunewright.report.figures import amount, count, counted, counted_are, share, size
from tunewright.report.html import Html, given, join, tag
from tunewright.report.plain import visible
from tunewright.report.wording import (
    SEVERITIES,
    balance_summary,
    by_severity,
    class_units,
    delimiter_name,
    ends_of_classes,
)

__all__ = ["audit"]

_WITHOUT_TARGET = {
    "": "to foresee the tokens of ",
    "embed": "what belongs together from ",
    "prefer": "which answer is preferred from ",
}
"""What is learned where no column is predicted."""
_FINDINGS = 60
_CLASSES = 24


def audit(evidence: Evidence) -> Section:
    """The whole audit."""
    found = evidence.audit
    if found is None:
        return Section("audit", "Data", note("This run holds no audit of its data."))
    columns = [
        tag("b", given(f"{name} (second text)" if role == "pair" else name)) for role, name in found.inputs.items()
    ]
    reads = [join([", " if place else "", column]) for place, column in enumerate(columns)]
    without = _WITHOUT_TARGET.get(found.task, _WITHOUT_TARGET[""])
    learns = [tag("b", given(found.target)), " from "] if found.target else [without]
    what = tag("p", "Learns ", learns, reads, ".")
    parts = [
        what,
        _learned(found),
        _findings(found.findings),
        _splits(found),
        _balance(found),
        _histograms(found),
        _files(found),
    ]
    return Section("audit", "Data", join(parts))


def _learned(found: Audit) -> Html | None:
    """Some training rows with the learned pieces marked."""
    if not found.learned:
        return None
    rows = [
        tag("p", [tag("mark" if learned else "span", given(text, 400)) for text, learned in row], class_="text")
        for row in found.learned
    ]
    told = "Some training rows, text from your data. What is marked is learned; the rest is only read."
    return join([tag("h3", "What is learned"), note(told), *rows])


def _findings(findings: Sequence[Finding]) -> Html:
    if not findings:
        return tag("p", "Nothing was found to be wrong with the data.")
    ordered = by_severity(findings)
    items = [_finding(finding) for finding in ordered[:_FINDINGS]]
    left = len(ordered) - len(items)
    more = note(f"{count(left)} more findings stand in audit.json.") if left > 0 else None
    return join([tag("h3", "Findings"), tag("ul", items, class_="findings"), more])


def _finding(finding: Finding) -> Html:
    word, tone = SEVERITIES[finding.severity]
    places = None
    if finding.places:
        rows = [tag("li", tag("code", given(place, 400))) for place in finding.places[:20]]
        left = finding.count - len(rows)
        rows += [tag("li", f"and {count(left)} more", class_="quiet")] if left > 0 else []
        places = folded(f"Where ({count(finding.count)})", tag("ul", rows, class_="places"))
    return tag(
        "li",
        tag("p", badge(word, tone), tag("b", given(finding.title, 400))),
        tag("p", given(finding.harm, 600)) if finding.harm else None,
        tag("p", tag("b", "What to do: "), given(finding.advice, 600)) if finding.advice else None,
        places,
    )


def _splits(found: Audit) -> Html:
    rows = [(split.name, count(split.rows), given(split.origin, 300)) for split in found.splits]
    return table("Splits", [Column("Split"), Column("Rows", figures=True), Column("From")], rows, "narrow")


def _balance(found: Audit) -> Html | None:
    if not found.classes:
        return None
    first, last, left = ends_of_classes(found.classes, _CLASSES)
    largest = max(c.train for c in found.classes)

    def row(one: ClassCount) -> tuple[object, ...]:
        counts = (count(one.train), count(one.validation), count(one.test))
        return (given(one.label, 80), bar(one.train, largest), *counts)

    rows: list[Sequence[object]] = [row(c) for c in first]
    if left:
        rows.append((tag("span", f"… {count(left)} more classes …", class_="quiet"), "", "", "", ""))
    rows += [row(c) for c in last]
    heads = [
        Column("Class"),
        Column(f"Training {class_units(found.task)}"),
        Column("Train", True),
        Column("Validation", True),
        Column("Test", True),
    ]
    return table(
        f"Classes, most frequent first. {balance_summary(found.classes, class_units(found.task))}",
        heads,
        rows,
        "narrow",
    )


def _histograms(found: Audit) -> Html | None:
    pictures = [_lengths(found.lengths) if found.lengths else None, _sizes(found.sizes), _target(found)]
    kept = [picture for picture in pictures if picture is not None]
    return grid(*kept, _length_facts(found.lengths) if found.lengths else None) if kept else None


def _lengths(lengths: Lengths) -> Html | None:
    if len(lengths.edges) != len(lengths.counts) + 1 or not lengths.counts:
        return None
    label = f"Input lengths: median {lengths.median:g} tokens, longest {count(lengths.maximum)}, limit {lengths.limit}."
    limit = Limit(lengths.limit, f"limit: {count(lengths.limit)}")
    picture = columns(lengths.edges, lengths.counts, label, "tokens in a row", limit=limit, whole=True)
    over = f"{counted_are(lengths.over_limit, 'row')} longer than the limit of {count(lengths.limit)} tokens"
    return figure(picture, f"Input lengths of {counted(lengths.rows, 'row')}; {over}.")


def _sizes(sizes: Sizes | None) -> Html | None:
    if sizes is None or len(sizes.edges) != len(sizes.counts) + 1 or not sizes.counts:
        return None
    label = f"Sizes: median {sizes.median:.4g} {sizes.unit}, largest {sizes.maximum:.4g}."
    limit = None if sizes.limit is None else Limit(sizes.limit, f"limit: {sizes.limit:g}")
    what = "pixels of the longer side" if sizes.unit == "pixels" else "seconds of a row"
    picture = columns(sizes.edges, sizes.counts, label, what, limit=limit)
    over = f"; {counted_are(sizes.over_limit, 'row')} longer than {sizes.limit:g}" if sizes.limit is not None else ""
    return figure(picture, f"Sizes of {counted(sizes.rows, 'row')} in {sizes.unit}{over}.")


def _length_facts(lengths: Lengths) -> Html:
    part = lengths.unknown_tokens / lengths.tokens if lengths.tokens else 0.0
    return facts(
        [
            ("Tokens", count(lengths.tokens)),
            ("Length", f"median {lengths.median:g}, 95% up to {lengths.p95:g}, longest {count(lengths.maximum)}"),
            ("Cut away", f"{counted(lengths.tokens_lost, 'token')} ({share(lengths.share_lost)})"),
            ("Unknown to the tokenizer", f"{counted(lengths.unknown_tokens, 'token')} ({share(part)})"),
        ]
    )


def _target(found: Audit) -> Html | None:
    if not found.target_histogram:
        return None
    edges = [low for low, _, _ in found.target_histogram] + [found.target_histogram[-1][1]]
    counts = [rows for _, _, rows in found.target_histogram]
    label = f"Target in {count(sum(counts))} training rows, from {amount(edges[0], 3)} to {amount(edges[-1], 3)}."
    picture = columns(edges, counts, label, visible(found.target)[:40])
    return figure(picture, "The target's values in the training split.")


def _files(found: Audit) -> Html:
    rows = [
        (
            tag("code", given(file.path, 400)),
            file.role,
            given(file.format, 40),
            _encoding(file.encoding, file.encoding_detected),
            delimiter_name(file.delimiter),
            count(file.rows),
            size(file.bytes),
            tag("code", given(file.sha256[:12])),
        )
        for file in found.files[:100]
    ]
    titles = [
        Column("File"), Column("Role"), Column("Format"), Column("Encoding"), Column("Delimiter"),
        Column("Rows", True), Column("Size", True), Column("sha256"),
    ]  # fmt: skip
    more = note(f"{count(len(found.files) - 100)} more files stand in audit.json.") if len(found.files) > 100 else None
    return join([table("Files as they were read", titles, rows), more])


def _encoding(encoding: str, detected: bool) -> Html | str:
    if not encoding:
        return "binary"
    return join([given(encoding, 40), tag("small", "detected" if detected else "from the recipe")])
