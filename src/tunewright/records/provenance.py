"""Where a model came from: enough to make it again, or to say why it came out differently."""

from __future__ import annotations

from tunewright.records.cost import Machine
from tunewright.records.record import Record

__all__ = ["Provenance", "TrainingSummary", "Verification", "VerificationCheck"]


class TrainingSummary(Record):
    """How the training went, in figures."""

    steps: int
    epochs: float
    best_step: int
    selected_by: str
    best_value: float | None
    seconds: float
    """Time of optimizer steps alone, all attempts together."""
    wall_seconds: float
    """Time of the training stage, validation and checkpoints included."""
    rows_per_second: float
    tokens_per_second: float
    padding_share: float
    """Padding tokens among the tokens computed, 0..1."""
    parameters: int
    trainable: int
    learning_rate: float
    token_budget: int
    peak_bytes: int
    resumed: int
    """How often the run was resumed."""
    stopped_early: bool
    average_power: float | None = None
    """Power of the average of weights over steps that was kept; null where the weights are those of one step."""


class Provenance(Record):
    """provenance.json."""

    tunewright: str
    packages: dict[str, str]
    machine: Machine
    command: tuple[str, ...]
    started: str
    """UTC, ISO 8601."""
    finished: str | None = None
    seed: int
    precision: str
    """What the matrix products ran in: fp32, bf16, fp16."""
    precision_reason: str
    data_sha256: dict[str, str]
    model_source: str
    model_fingerprint: str
    """sha256 over the names and bytes of the pretrained weights' files."""
    model_licence: str | None = None
    training: TrainingSummary | None = None
    notes: tuple[str, ...] = ()
    """Anything that changes how figures are to be read: a thread count that changed on resume, a budget halved."""


class VerificationCheck(Record):
    """One artefact compared with what it was made from, on real rows."""

    name: str
    """`merge`, `save_load`."""
    what: str
    """One sentence: what was compared with what."""
    rows: int
    max_difference: float
    """Largest absolute difference of any output."""
    tolerance: float
    agreement: float
    """Share of rows with the same prediction, 0..1."""
    passed: bool


class Verification(Record):
    """evaluation/verification.json."""

    checks: tuple[VerificationCheck, ...]
