"""What it costs."""

from __future__ import annotations

from tunewright.report.evidence import gather
from tunewright.report.sections.cost import cost


def test_times_sizes_and_the_machine(factory):
    """Milliseconds taken for seconds, or a timing without its machine, would mislead every plan built on it."""
    body = cost(gather(factory.run())).body
    for words in (
        "6.10 ms", "7.32 ms", "10.4 ms", "395 rows/s", "A made-up CPU @ 3.0 GHz, 4 of 8 cores", "91.4 MB", "4.78 MB",
        "22.7M, 90.9 MB of weights",
        "233 MB: weights, and 142 MB at most in a forward", "4 min 23 s", "1.31 GB", "in bf16",
    ):  # fmt: skip
        assert words in body, words


def test_parts_may_be_missing(factory):
    """Each probe can be left out of a recipe."""
    folder = factory.run(training=False)
    folder.evaluation("latency").unlink()
    assert "p99" not in cost(gather(folder)).body
    folder.evaluation("memory").unlink()
    assert "Neither latency nor memory was measured" in cost(gather(folder)).body
