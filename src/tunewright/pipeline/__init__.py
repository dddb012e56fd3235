"""The order of stages: the only room that knows which comes after which."""

from tunewright.pipeline.checking import check
from tunewright.pipeline.run import Prediction, Run
from tunewright.pipeline.stages import evaluate, train

__all__ = ["Prediction", "Run", "check", "evaluate", "train"]
