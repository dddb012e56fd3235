"""Whether what was written is what was trained."""

from __future__ import annotations

from tunewright.report.evidence import gather
from tunewright.report.sections.verification import verification


def test_passed_and_failed_differ_in_words(factory):
    """Colour alone is lost in print and on many eyes."""
    body = verification(gather(factory.run(passed=False))).body
    assert "✓ passed" in body
    assert "✗ failed" in body
    assert "3.1e-7" in body
    assert "1e-4" in body
    assert "100.00%" in body


def test_unverified_is_said(factory):
    """A missing record must not look like a passed check."""
    folder = factory.run()
    folder.verification.unlink()
    assert "has not been verified" in verification(gather(folder)).body
