"""What is learned: the shape of the output, its loss, its metrics, and the words for its results."""

from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.task import Task

__all__ = ["Prediction", "Space", "Task"]
