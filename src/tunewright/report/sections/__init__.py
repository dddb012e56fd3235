"""The report's sections, one file each: a function from a run's evidence to a `Section`."""

from tunewright.report.sections.audit import audit
from tunewright.report.sections.classes import classes
from tunewright.report.sections.confusion import confusion
from tunewright.report.sections.cost import cost
from tunewright.report.sections.generations import generations
from tunewright.report.sections.mistakes import mistakes
from tunewright.report.sections.more import more
from tunewright.report.sections.provenance import provenance
from tunewright.report.sections.results import results
from tunewright.report.sections.training import training
from tunewright.report.sections.verification import verification

__all__ = ["SECTIONS"]

SECTIONS = (results, classes, confusion, generations, mistakes, training, audit, cost, more, verification, provenance)
"""In the order in which a reader's questions come."""
