"""Coarse pixels under a linear model."""

from __future__ import annotations

from tiny_media import media_subject

from tunewright.evaluation.baselines.pixels import Pixels
from tunewright.evaluation.baselines.probe import probe
from tunewright.evaluation.baselines.spectrum import Spectrum
from tunewright.evaluation.baselines.tfidf import TfIdf


def test_colours_are_told() -> None:
    """Danger: a baseline that fails where the answer is one colour makes any model look good."""
    subject = media_subject("vit")
    found = Pixels().answer(subject, subject.measured)
    assert (found.answers.argmax(axis=1) == subject.measured.truth).mean() > 0.9
    assert "256 features of pixels" in found.notes[-1]


def test_a_baseline_reads_what_it_can() -> None:
    """Danger: TF-IDF over the names of files, which often hold the label."""
    subject = media_subject("vit")
    assert [kind().suits(subject) for kind in (Pixels, Spectrum, TfIdf)] == [True, False, False]


def test_of_pictures_with_texts_each_sense_is_read_by_its_own() -> None:
    """Danger: a model that reads both, compared with nothing that reads one of them."""
    subject = media_subject("clip")
    assert [kind().suits(subject) for kind in (Pixels, Spectrum, TfIdf)] == [True, False, True]
    picture, text = (kind().answer(subject, subject.measured) for kind in (Pixels, TfIdf))
    assert (picture.answers.argmax(axis=1) == subject.measured.truth).mean() > 0.9
    assert (text.answers.argmax(axis=1) == subject.measured.truth).mean() < 0.7, "the notes say nothing of colours"
    assert probe(subject, subject.measured).notes[-1].startswith("72 frozen features")
