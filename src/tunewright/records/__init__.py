"""What a run leaves behind, and the only code that knows its names and shapes. Free of torch."""

from tunewright.records.audit import (
    Audit,
    ClassCount,
    Finding,
    Forecast,
    Lengths,
    Place,
    Sizes,
    SourceFile,
    SplitSize,
)
from tunewright.records.cost import Latency, LatencyPoint, Machine, Memory, WritingSpeed
from tunewright.records.files import read_json, read_record, sha256_of, write_json, write_record, write_text
from tunewright.records.folder import RunFolder
from tunewright.records.generations import Generation, Generations
from tunewright.records.journal import Journal, read_journal
from tunewright.records.lock import run_lock
from tunewright.records.provenance import Provenance, TrainingSummary, Verification, VerificationCheck
from tunewright.records.quality import ClassQuality, Comparison, Confusion, Metric, Mistake, Quality
from tunewright.records.record import Record

__all__ = [
    "Audit",
    "ClassCount",
    "ClassQuality",
    "Comparison",
    "Confusion",
    "Finding",
    "Forecast",
    "Generation",
    "Generations",
    "Journal",
    "Latency",
    "LatencyPoint",
    "Lengths",
    "Machine",
    "Memory",
    "Metric",
    "Mistake",
    "Place",
    "Provenance",
    "Quality",
    "Record",
    "RunFolder",
    "Sizes",
    "SourceFile",
    "SplitSize",
    "TrainingSummary",
    "Verification",
    "VerificationCheck",
    "WritingSpeed",
    "read_journal",
    "read_json",
    "read_record",
    "run_lock",
    "sha256_of",
    "write_json",
    "write_record",
    "write_text",
]
