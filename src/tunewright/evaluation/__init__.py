"""Evidence: what a model is worth before and after, and what it costs to run."""

from tunewright.evaluation.finite import refuse_non_finite
from tunewright.evaluation.inference import infer
from tunewright.evaluation.subject import Probe, Split, Subject

__all__ = ["Probe", "Split", "Subject", "infer", "refuse_non_finite"]
