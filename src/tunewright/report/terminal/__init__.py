"""What the command line shows: renderables for rich, and plain text for pipes and files."""

from tunewright.report.terminal.audit_view import audit_view
from tunewright.report.terminal.findings_view import findings_view
from tunewright.report.terminal.plain_text import plain_text
from tunewright.report.terminal.summary import summary

__all__ = ["audit_view", "findings_view", "plain_text", "summary"]
