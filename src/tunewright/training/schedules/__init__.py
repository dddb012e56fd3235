"""How the learning rate rises and falls over a run."""

from tunewright.training.schedules.schedule import Schedule

__all__ = ["Schedule"]
