"""What the model reads: from cells of a table to padded tensors, with every lost token counted."""

from tunewright.inputs.batch import Batch
from tunewright.inputs.encoded import Encoded
from tunewright.inputs.input import Input

__all__ = ["Batch", "Encoded", "Input"]
