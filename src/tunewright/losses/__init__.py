"""What training makes small. Every loss answers with a sum and a weight, never with a mean."""

from tunewright.losses.loss import Loss, LossSum

__all__ = ["Loss", "LossSum"]
