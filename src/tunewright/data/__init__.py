"""Reads a team's rows exactly as written, finds what is wrong with them, and splits them so that nothing leaks."""

from tunewright.data.dataset import Dataset, assemble
from tunewright.data.reading import read
from tunewright.data.table import Cell, Fault, Table
from tunewright.data.targets import parse_label, parse_labels, parse_number

__all__ = ["Cell", "Dataset", "Fault", "Table", "assemble", "parse_label", "parse_labels", "parse_number", "read"]
