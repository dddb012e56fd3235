"""Where the model came from: enough to make it again."""

from __future__ import annotations

import shlex

from tunewright.records import Provenance
from tunewright.report.block import Column, Section, facts, folded, note, table
from tunewright.report.evidence import Evidence
from tunewright.report.html import Html, given, join, tag
from tunewright.report.plain import cut, visible
from tunewright.report.wording import machine_line

__all__ = ["provenance"]

_RECIPE = 60_000


def provenance(evidence: Evidence) -> Section:
    """Versions, machine, seed, fingerprints, command, recipe."""
    found = evidence.provenance
    body = _record(found) if found else note("This run holds no provenance.")
    recipe = folded(
        "The recipe, every field filled in", tag("pre", tag("code", cut(visible(evidence.page_text, True), _RECIPE)))
    )
    return Section("provenance", "Provenance", join([body, recipe if evidence.page_text else None]))


def _record(found: Provenance) -> Html:
    command = tag("pre", tag("code", visible(cut(shlex.join(found.command), 4000)))) if found.command else None
    data = [
        (tag("code", given(name, 400)), tag("code", given(value, 64)))
        for name, value in sorted(found.data_sha256.items())
    ]
    versions = [(given(name, 80), given(version, 40)) for name, version in sorted(found.packages.items())]
    return join(
        [
            facts(
                [
                    ("Pretrained model", given(found.model_source)),
                    ("Its fingerprint", tag("code", given(found.model_fingerprint, 80))),
                    ("Its licence", given(found.model_licence) if found.model_licence else "not stated"),
                    ("Precision", join([given(found.precision), ": ", given(found.precision_reason, 400)])),
                    ("Seed", found.seed),
                    ("Started", given(found.started)),
                    ("Finished", given(found.finished) if found.finished else "not yet"),
                    ("Machine", given(machine_line(found.machine), 400)),
                    ("tunewright", given(found.tunewright)),
                ]
            ),
            tag("h3", "Command") if command else None,
            command,
            [note(given(text, 600)) for text in found.notes[:20]],
            folded(
                "Data files and their sha256",
                table("Data as it was read", [Column("File"), Column("sha256")], data[:200]),
            )
            if data
            else None,
            folded("Versions of packages", table("Packages", [Column("Package"), Column("Version")], versions[:200]))
            if versions
            else None,
        ]
    )
