"""The records of provenance and verification."""

from __future__ import annotations

import json

from tunewright.records import Machine, Provenance, Verification, VerificationCheck

MACHINE = Machine(platform="Linux", python="3.11.7", cpu="x", cores=2, threads=2, memory_bytes=1)


def test_provenance_comes_back_whole():
    """What is not written down cannot be made again."""
    provenance = Provenance(
        tunewright="0.1.0",
        packages={"torch": "2.13.0"},
        machine=MACHINE,
        command=("tunewright", "train", "đánh giá.yaml"),
        started="2026-11-21T06:00:00Z",
        seed=0,
        precision="bf16",
        precision_reason="faster here",
        data_sha256={"a.csv": "0" * 64},
        model_source="sample://minilm",
        model_fingerprint="1" * 64,
    )
    assert Provenance.model_validate(json.loads(provenance.model_dump_json())) == provenance
    assert provenance.training is None


def test_verification_comes_back_whole():
    """A passed check must not come back as anything else."""
    check = VerificationCheck(
        name="merge", what="x", rows=64, max_difference=1e-6, tolerance=1e-5, agreement=1.0, passed=True
    )
    verification = Verification(checks=(check, check.model_copy(update={"passed": False})))
    back = Verification.model_validate(json.loads(verification.model_dump_json()))
    assert [each.passed for each in back.checks] == [True, False]
