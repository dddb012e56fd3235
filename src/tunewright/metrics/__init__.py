"""What is measured about predictions, computed for many re-weightings of the rows at once. Free of torch.

`classification`, `multilabel` and `regression` each hold `NAMES` (what is measured and which way is better) and
`values(truth, scores, weights)`; `bootstrap` makes the weights and turns the values into intervals.
"""

from tunewright.metrics.info import MetricInfo

__all__ = ["MetricInfo"]
