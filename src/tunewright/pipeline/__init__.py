"""The order of stages: the only room that knows which comes after which."""

from tunewright.pipeline.checking import check
from tunewright.pipeline.joined import joined
from tunewright.pipeline.launch import launch, speaks
from tunewright.pipeline.run import Prediction, Run
from tunewright.pipeline.stages import evaluate, train

__all__ = ["Prediction", "Run", "check", "evaluate", "joined", "launch", "speaks", "train"]
