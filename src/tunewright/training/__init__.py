"""The training engine: exact steps, checkpoints that resume to the same bytes, and a loop that yields what happens."""
