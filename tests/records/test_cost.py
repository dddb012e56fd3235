"""The records of latency and memory."""

from __future__ import annotations

import json

from tunewright.records import Latency, LatencyPoint, Machine, Memory

MACHINE = Machine(platform="Linux", python="3.11.7", cpu="x", cores=2, threads=2, memory_bytes=1)


def test_they_come_back_with_their_machine():
    """A timing without the machine it was taken on is worth nothing."""
    point = LatencyPoint(batch_size=1, p50=0.01, p95=0.02, p99=0.03, rows_per_second=99.0, calls=50)
    latency = Latency(points=(point,), best_rows_per_second=99.0, precision="fp32", machine=MACHINE)
    assert Latency.model_validate(json.loads(latency.model_dump_json())) == latency
    memory = Memory(disk_bytes=1, parameters=2, weights_bytes=8, inference_peak_bytes=3, machine=MACHINE)
    back = Memory.model_validate(json.loads(memory.model_dump_json()))
    assert back == memory
    assert back.training_peak_bytes is None
