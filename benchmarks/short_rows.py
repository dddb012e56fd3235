"""Attention on a CPU in bf16: plain products against torch's kernel, forward and backward, alternating.

    python -m benchmarks.short_rows

CPU seconds of one thread, medians, so that a busy machine disturbs little.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.results_file import append
from tunewright.models import attention

SHAPES = ((64, 8), (32, 16), (32, 32), (16, 64), (8, 128), (6, 160), (4, 256), (2, 512), (1, 1024))
HEADS, WIDTH, REPEATS = 12, 32, 9


def main() -> None:
    """Measure every shape and print the ratio."""
    torch.set_num_threads(1)
    rows = []
    print(f"{'rows':>5} {'tokens':>6} {'torch ms':>9} {'plain ms':>9} {'ratio':>6}")
    for count, tokens in SHAPES:
        theirs, ours = _pair(count, tokens)
        rows.append({"rows": count, "tokens": tokens, "torch_ms": theirs, "plain_ms": ours, "ratio": theirs / ours})
        print(f"{count:>5} {tokens:>6} {theirs:>9.2f} {ours:>9.2f} {theirs / ours:>6.1f}")
    print("written to", append("short_rows", {"shapes": rows, "heads": HEADS, "head_width": WIDTH, "dtype": "bf16"}))


def _pair(count: int, tokens: int) -> tuple[float, float]:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (
        torch.randn(count, tokens, HEADS, WIDTH, generator=generator).bfloat16().transpose(1, 2).requires_grad_()
        for _ in range(3)
    )
    mask = torch.ones(count, 1, tokens, tokens, dtype=torch.bool)
    mask[:, :, :, -1] = False
    layer = nn.Module()
    limit = attention.LONGEST_PLAIN
    times: dict[int, list[float]] = {0: [], 10**9: []}
    for repeat in range(REPEATS + 2):
        for longest in times:
            attention.LONGEST_PLAIN = longest

            def step() -> Tensor:
                out, _ = attention.short_row_attention(layer, q, k, v, mask, scaling=WIDTH**-0.5)
                out.sum().backward()
                return out

            seconds = _seconds(step)
            if repeat >= 2:
                times[longest].append(seconds)
    attention.LONGEST_PLAIN = limit
    return statistics.median(times[0]) * 1e3, statistics.median(times[10**9]) * 1e3


def _seconds(step: Callable[[], object]) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


if __name__ == "__main__":
    main()
