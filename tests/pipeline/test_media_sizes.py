"""What the audit says about sizes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from tiny_media import media_input, media_subject

from tunewright.pipeline.media_sizes import with_sizes
from tunewright.records import Audit


def audit_of(family: str, on_long: str, seconds: float = 0.5) -> Audit:
    subject = media_subject(family)
    splits = [subject.train, subject.test]
    tool = subject.tokenizer
    if family == "wav2vec2":
        tool = replace(tool, most=round(seconds * tool.rate))
    splits = [
        replace(split, encoded=replace(split.encoded, media=replace(split.encoded.media, reader=tool)))
        for split in splits
    ]
    bare = Audit(files=(), task="classify", inputs=media_input(family).roles, target="label", splits=())
    return with_sizes(SimpleNamespace(audit=bare), splits, on_long)


def test_pictures_have_sizes_and_no_limit() -> None:
    """Danger: tokens reported of pictures."""
    sizes = audit_of("vit", "cut").sizes
    assert sizes is not None
    assert (sizes.unit, sizes.limit, sizes.rows, sizes.minimum, sizes.lost) == ("pixels", None, 36, 24.0, 0.0)
    assert sum(sizes.counts) == 36 and len(sizes.edges) == len(sizes.counts) + 1


@pytest.mark.parametrize(("on_long", "severity"), [("cut", "warning"), ("error", "error")])
def test_what_is_cut_of_sounds_is_told(on_long: str, severity: str) -> None:
    """Danger: the ends of recordings, where the answer often stands, lost without a word."""
    audit = audit_of("wav2vec2", on_long, 0.3)
    sizes = audit.sizes
    assert sizes is not None and sizes.limit == 0.3
    assert 0 < sizes.over_limit < 36 and 0 < sizes.lost < sizes.total
    (found,) = audit.findings
    assert (found.code, found.severity, found.count) == ("long", severity, sizes.over_limit)
    assert "seconds" in found.places[0].note and "max_seconds" in found.advice
    assert not audit_of("wav2vec2", on_long, 5.0).findings


@pytest.mark.parametrize("family", ["wav2vec2", "whisper"])
def test_sounds_that_are_too_short_to_be_heard_are_named(family: str) -> None:
    """Danger: a click of some milliseconds is filled up with silence, and silence is learned under its label."""
    subject = media_subject(family)
    media, tool = subject.train.encoded.media, subject.tokenizer
    assert media is not None
    sizes = media.sizes.copy()
    sizes[[2, 5]] = tool.least / 2, tool.least
    train = replace(subject.train, encoded=replace(subject.train.encoded, media=replace(media, sizes=sizes)))
    bare = Audit(files=(), task="classify", inputs=media_input(family).roles, target="label", splits=())
    found = [
        one
        for one in with_sizes(SimpleNamespace(audit=bare), [train, subject.test], "cut").findings
        if one.code != "long"
    ]
    assert [(one.code, one.severity, one.count) for one in found] == [("short_sound", "warning", 1)]
    assert [str(place) for place in found[0].places] == [f"{train.table.place(2)} ({tool.least / 2:.3f} seconds)"]
    assert f"{tool.least:.3g} seconds" in found[0].title
