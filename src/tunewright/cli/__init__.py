"""The command line: one command a file, no logic of its own. Answers `--help` without torch."""

from tunewright.cli.entry import main

__all__ = ["main"]
