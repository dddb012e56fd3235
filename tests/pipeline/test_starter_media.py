"""What `init` writes for pictures and sounds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tiny_media import shared_files
from tiny_towers import noted_pictures

from tunewright.pipeline.starter import starter
from tunewright.pipeline.starter_media import MEDIA
from tunewright.recipe import Recipe


@pytest.mark.parametrize("sense", sorted(MEDIA))
def test_the_page_is_a_recipe(sense: str, tmp_path: Path) -> None:
    """Danger: a starter page that the next command refuses, or whose base model cannot read the rows."""
    page = tmp_path / "page.yaml"
    beside = "+" in sense
    data = noted_pictures(tmp_path) if beside else shared_files(sense)
    begun = starter(data, text=None, target=None, task=None, model=None, page=page)
    page.write_text(begun.text, encoding="utf-8")
    recipe = Recipe.read(page)
    assert recipe.data.inputs.kind == sense and recipe.data.inputs.columns == (
        ("photo", "title") if beside else ("path",)
    )
    assert recipe.model == MEDIA[sense].model and recipe.data.target == "label"
    assert "minilm" not in begun.text and begun.rows == 36
    named = starter(data, text=None, target=None, task=None, model="./mine", page=page)
    assert "model: ./mine" in named.text


def test_texts_in_other_scripts_get_a_model_that_reads_them(tmp_path: Path) -> None:
    """Danger: a model of English alone for titles in Chinese."""
    table = noted_pictures(tmp_path)
    rows = list(csv.DictReader(table.open(encoding="utf-8", newline="")))
    for title, model in (("这件商品很好，编号", "multilingual"), ("the kettle with number", "siglip-base-patch16-224")):
        lines = [f"{row['photo']},{title}{place},{row['label']}" for place, row in enumerate(rows)]
        table.write_text("\n".join(["photo,title,label", *lines]) + "\n", encoding="utf-8")
        begun = starter(table, text=None, target=None, task=None, model=None, page=tmp_path / "page.yaml")
        assert begun.guess == {"image": "photo", "text": "title", "target": "label", "task": "classify"}
        assert model in next(line for line in begun.text.splitlines() if line.startswith("model:")).partition("#")[0]
