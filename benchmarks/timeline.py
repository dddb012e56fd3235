"""When each optimizer step ended and what was in it: the one thing that both sides are judged by."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tunewright.models.device import best_device, peak_bytes

__all__ = ["WARM_UP", "Timeline", "peak_resident_bytes"]

WARM_UP = 3
"""Steps left out at the start: kernels are chosen and memory is taken in them."""


@dataclass
class Timeline:
    """Steps of one training, in seconds of `time.perf_counter`.

    Attributes:
        began: when the loop started.
        ends: when each step ended.
        cpu: CPU seconds of the process at the loop's start and at each step's end.
        rows, tokens, real_tokens, squares: of each step: samples, tokens computed (padding included), tokens of the
            samples alone, and the sum of the samples' squared lengths, which attention's cost grows with.
        before: seconds spent before the loop, once, on what the loop then need not compute: outputs of frozen layers.
        before_cpu: CPU seconds of that.
        peak_bytes: most memory the process had had at the end of the last step.
    """

    began: float = 0.0
    ends: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    real_tokens: list[int] = field(default_factory=list)
    squares: list[int] = field(default_factory=list)
    before: float = 0.0
    before_cpu: float = 0.0
    peak_bytes: int = 0

    def begin(self) -> None:
        """The loop starts."""
        self.began = time.perf_counter()
        self.cpu.append(time.process_time())

    def end_step(self) -> None:
        """A step has ended."""
        self.ends.append(time.perf_counter())
        self.cpu.append(time.process_time())
        self.peak_bytes = max(self.peak_bytes, peak_resident_bytes())

    def figures(self, steps_per_epoch: int, *, whole: bool = False) -> dict[str, float]:
        """Rates over the steps that count.

        The first steps are left out, and the first of every later epoch: it follows on what happens between epochs, a
        checkpoint or a new order of the rows, which is not the loop. What was computed before the loop counts, by the
        share of all samples that are counted.

        Args:
            steps_per_epoch: of this training.
            whole: count every step from the loop's start; for a side whose first steps hold a cost of its own.

        Raises:
            ValueError: fewer than two steps would count.
        """
        starts = [self.began, *self.ends[:-1]]
        counted = [i for i in range(len(self.ends)) if whole or (i >= WARM_UP and i % steps_per_epoch != 0)]
        if len(counted) < 2:
            raise ValueError(
                f"{len(self.ends)} steps, {len(counted)} of them after {WARM_UP} of warm-up: take more rows."
            )
        seconds = sum(self.ends[i] - starts[i] for i in counted)
        rows, tokens, real, squares = (
            sum(series[i] for i in counted) for series in (self.rows, self.tokens, self.real_tokens, self.squares)
        )
        cpu = sum(self.cpu[i + 1] - self.cpu[i] for i in counted)
        share = rows / max(1, sum(self.rows))
        seconds, cpu = seconds + self.before * share, cpu + self.before_cpu * share
        return {
            "samples_per_second": rows / seconds,
            "tokens_per_second": real / seconds,
            "computed_tokens_per_second": tokens / seconds,
            "squares_per_second": squares / seconds,
            "samples_per_cpu_second": rows / max(cpu, 1e-9),
            "seconds": seconds,
            "before_seconds": self.before,
            "loop_seconds": self.ends[-1] - self.began,
            "warm_up_seconds": self.ends[min(WARM_UP, len(self.ends)) - 1] - self.began,
            "steps": len(self.ends),
            "steps_counted": len(counted),
            "samples": sum(self.rows),
            "peak_bytes": self.peak_bytes,
        }


def peak_resident_bytes() -> int:
    """Most memory this program has had: allocated on a GPU, resident on a CPU.

    On Linux from /proc: `getrusage` hands a process that was just started the peak of the one that started it.
    """
    device = best_device()
    if device.type == "cpu":
        try:
            with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123  once a step
                for line in status:
                    if line.startswith("VmHWM:"):
                        return int(line.split()[1]) * 1024
        except OSError:
            pass
    return peak_bytes(device)
