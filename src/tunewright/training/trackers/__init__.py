"""Where the curves of a run go besides journal.jsonl."""

from tunewright.training.trackers.tracker import Tracker

__all__ = ["Tracker"]
