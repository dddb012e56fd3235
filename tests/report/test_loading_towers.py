"""The card's code for two towers with a head. That it answers right is tested in tests/cli/test_train_image_text.py."""

from __future__ import annotations

import ast
import json

import pytest

from tunewright.report.evidence import gather
from tunewright.report.loading import how_to_load
from tunewright.report.loading_towers import with_two_towers


def evidence(factory, fusion: str, name: str = "run"):
    inputs = {"kind": "image+text", "image": "photo", "text": ["title", "body"], "fusion": fusion}
    recipe = f"model: m\ndata: {json.dumps({'inputs': inputs})}\n"
    return gather(factory.run(recipe=recipe, inputs={"image": "photo", "text": "title + body"}))


@pytest.mark.parametrize("fusion", ["concat", "cross"])
def test_each_fusion_is_python(factory, fusion):
    """The head of one fusion computed as that of the other gives answers that look right."""
    found = evidence(factory, fusion)
    code = with_two_towers(found)
    ast.parse(code)
    assert ("def looked" in code) is (fusion == "cross")
    assert "max_length=256, padding=False" in code
    text = how_to_load(found)
    assert '{"photo": "picture.jpg", "title": "a text", "body": "a text"}' in text
    assert "AutoModelForImageClassification" not in text


def test_siglip_reads_texts_of_one_length(factory):
    """Without the filling, SigLIP takes another place for the whole of the text."""
    found = evidence(factory, "concat")
    found.folder.model.mkdir(exist_ok=True)
    (found.folder.model / "config.json").write_text('{"model_type": "siglip"}', encoding="utf-8")
    assert 'padding="max_length"' in with_two_towers(found)
