"""What the model costs: time and memory to run, bytes on disk. And the machine this was measured on."""

from __future__ import annotations

from tunewright.records.record import Record

__all__ = ["Latency", "LatencyPoint", "Machine", "Memory", "WritingSpeed"]


class Machine(Record):
    """The sheet of a machine: every timing is worth only as much as this."""

    platform: str
    python: str
    cpu: str
    cores: int
    threads: int
    """CPU threads that the measurement used."""
    memory_bytes: int
    gpus: tuple[str, ...] = ()
    instruction_sets: tuple[str, ...] = ()
    """Those that matter for matrix products: avx2, avx512f, avx512_bf16, avx512_vnni, amx_bf16, ..."""


class LatencyPoint(Record):
    """Seconds of one call at one batch size, on real rows."""

    batch_size: int
    p50: float
    p95: float
    p99: float
    rows_per_second: float
    calls: int


class WritingSpeed(Record):
    """How quickly answers to real rows are written, one at a time."""

    first_token_p50: float
    """Seconds from the text to the first token of an answer."""
    first_token_p95: float
    tokens_per_second: float | None
    """Behind the first token, over all answers that were timed; null where none had a second one."""
    new_tokens: int
    """Of the longest answer that was timed."""
    prompt_tokens: int
    """Median of what is read before an answer."""
    answers: int


class Latency(Record):
    """evaluation/latency.json. Tokenisation included: what a caller waits for."""

    points: tuple[LatencyPoint, ...]
    """Batch size 1 first; none where the model writes answers."""
    best_rows_per_second: float
    """0 without points."""
    precision: str
    machine: Machine
    writing: WritingSpeed | None = None
    """Of models that write answers."""


class Memory(Record):
    """evaluation/memory.json. Bytes."""

    disk_bytes: int
    """Size of `model/`."""
    adapter_bytes: int | None = None
    parameters: int
    weights_bytes: int
    training_peak_bytes: int | None = None
    """Highest resident (CPU) or allocated (GPU) memory while training."""
    inference_peak_bytes: int
    """Highest growth over the idle process in one forward at the largest batch measured."""
    machine: Machine
