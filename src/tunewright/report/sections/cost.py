"""What it costs: time, memory and disk, on the machine that was measured."""

from __future__ import annotations

from tunewright.records import Latency, Memory
from tunewright.report.block import Column, Section, facts, note, table
from tunewright.report.evidence import Evidence
from tunewright.report.figures import amount, compact, count, counted, duration, seconds, size
from tunewright.report.html import Html, given, join, tag
from tunewright.report.wording import machine_line

__all__ = ["cost"]


def cost(evidence: Evidence) -> Section:
    """Latency by batch size, memory, training."""
    training = evidence.provenance.training if evidence.provenance else None
    parts = [
        _latency(evidence.latency) if evidence.latency and evidence.latency.points else None,
        _writing(evidence.latency) if evidence.latency and evidence.latency.writing else None,
        _memory(evidence.memory) if evidence.memory else None,
        facts(
            [
                ("Training time", duration(training.wall_seconds)),
                (
                    "Training speed",
                    f"{amount(training.rows_per_second, 3)} rows/s, {count(training.tokens_per_second)} tokens/s",
                ),
                ("Training peak memory", size(training.peak_bytes)),
            ]
        )
        if training
        else None,
    ]
    if not any(parts):
        body = tag(
            "p", "Neither latency nor memory was measured. Measure them with: ", tag("code", "tunewright evaluate RUN")
        )
        return Section("cost", "Cost", body)
    return Section("cost", "Cost", join(parts))


def _latency(latency: Latency) -> Html:
    rows = [
        (
            count(p.batch_size),
            seconds(p.p50),
            seconds(p.p95),
            seconds(p.p99),
            amount(p.rows_per_second, 3),
            count(p.calls),
        )
        for p in latency.points
    ]
    titles = ("Batch size", "p50", "p95", "p99", "Rows/s", "Calls measured")
    caption = f"Time of one call on real rows, tokenisation included, in {latency.precision}"
    best = f"Best throughput: {amount(latency.best_rows_per_second, 3)} rows/s. Measured on "
    machine = note(best, given(machine_line(latency.machine), 300), ".")
    return join([table(caption, [Column(title, figures=True) for title in titles], rows, "narrow"), machine])


def _writing(latency: Latency) -> Html:
    speed = latency.writing
    assert speed is not None
    rate = None if speed.tokens_per_second is None else f"{amount(speed.tokens_per_second, 3)} tokens/s"
    pairs = facts(
        [
            (
                "Time to the first token",
                f"{seconds(speed.first_token_p50)} (p50), {seconds(speed.first_token_p95)} (p95)",
            ),
            ("Writing speed behind it", rate),
        ]
    )
    what = (
        f"One answer at a time to {counted(speed.answers, 'real question')}, {count(speed.prompt_tokens)} tokens long "
        f"in the median, up to {counted(speed.new_tokens, 'token')} each, tokenisation included, in "
        f"{latency.precision}. Measured on "
    )
    return join([pairs, note(what, given(machine_line(latency.machine), 300), ".")])


def _memory(memory: Memory) -> Html:
    return facts(
        [
            ("Model on disk", size(memory.disk_bytes)),
            ("Adapter on disk", size(memory.adapter_bytes) if memory.adapter_bytes is not None else None),
            ("Parameters", f"{compact(memory.parameters)}, {size(memory.weights_bytes)} of weights"),
            (
                "Memory to run",
                f"{size(memory.weights_bytes + memory.inference_peak_bytes)}: weights, and "
                f"{size(memory.inference_peak_bytes)} at most in a forward; the process itself comes on top",
            ),
        ]
    )
