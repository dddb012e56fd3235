"""Shows what a run found out: an HTML report, a model card, and the terminal's tables. Draws from records alone.

Never imports training or torch, so a report can be drawn again on any machine that holds the run's folder.
"""

from tunewright.report.card import model_card, write_model_card
from tunewright.report.page import write_report
from tunewright.report.terminal import audit_view, findings_view, plain_text, summary

__all__ = ["audit_view", "findings_view", "model_card", "plain_text", "summary", "write_model_card", "write_report"]
