"""What it costs."""

from __future__ import annotations

from tunewright.records import Latency, WritingSpeed, read_record, write_record
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


def test_of_a_model_that_writes_the_first_token_and_the_rest(factory):
    """A table of scores that nobody waits for, or none at all, where an answer's time was measured."""
    folder = factory.run()
    place = folder.evaluation("latency")
    speed = WritingSpeed(
        first_token_p50=0.05, first_token_p95=0.09, tokens_per_second=41.0, new_tokens=64, prompt_tokens=120, answers=7
    )
    write_record(place, read_record(place, Latency).model_copy(update={"points": (), "writing": speed}))
    body = cost(gather(folder)).body
    for words in ("Time to the first token", "50.0 ms (p50), 90.0 ms (p95)", "41.0 tokens/s", "7 real questions"):
        assert words in body, words
    assert "p99" not in body and "rows/s. Measured" not in body
    write_record(
        place,
        read_record(place, Latency).model_copy(
            update={"writing": speed.model_copy(update={"tokens_per_second": None})}
        ),
    )
    assert "Writing speed" not in cost(gather(folder)).body
