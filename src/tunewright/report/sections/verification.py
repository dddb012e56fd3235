"""Whether what was written is what was trained."""

from __future__ import annotations

from tunewright.report.block import Column, Section, badge, note, table
from tunewright.report.evidence import Evidence
from tunewright.report.figures import count, share, tiny
from tunewright.report.html import given, join, tag
from tunewright.report.wording import check_title

__all__ = ["verification"]


def verification(evidence: Evidence) -> Section:
    """Every check with its largest difference and its tolerance."""
    found = evidence.verification
    if found is None or not found.checks:
        return Section(
            "verification", "Verification", note("The model has not been verified: training has not finished.")
        )
    rows = [
        (
            join([given(check_title(check.name)), tag("small", given(check.what, 300))]),
            badge("✓ passed", "good") if check.passed else badge("✗ failed", "bad"),
            tiny(check.max_difference),
            tiny(check.tolerance),
            share(check.agreement, 2),
            count(check.rows),
        )
        for check in found.checks
    ]
    columns = [
        Column("Check"), Column("Result"), Column("Largest difference", True), Column("Tolerance", True),
        Column("Same prediction", True), Column("Rows", True),
    ]  # fmt: skip
    return Section(
        "verification", "Verification", table("What was written, compared with what it came from", columns, rows)
    )
