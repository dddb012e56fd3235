"""One picture and one text a row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_media import MediaTrial, media_input
from tiny_models import tiny_tokenizer
from tiny_towers import PLACES
from transformers import AutoTokenizer

from tunewright.errors import UnreadableRowsError
from tunewright.inputs.image_text import ImageTextInput
from tunewright.inputs.kept_rows import RowsWriter, open_rows
from tunewright.recipe import Recipe


def test_fields_tell_the_input() -> None:
    """Danger: a recipe that names both columns and is read as one of them."""
    data = {"train": "a.csv", "target": "label", "inputs": {"image": "photo", "text": ["title", "body"], "flip": False}}
    found: Any = Recipe(model="m", data=data).data.inputs
    assert isinstance(found, ImageTextInput) and found.fusion == "concat" and not found.flip
    assert found.columns == ("photo", "title", "body")
    assert found.roles == {"image": "photo", "text": "title + body"}
    assert found.content_columns == ("photo",)
    cells = {"photo": ["a.png"], "title": ["red"], "body": [None]}
    assert found.texts(cells) == found.marked(cells) == ["red"]


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_batches_are_those_of_transformers(family: str) -> None:
    """Danger: texts that are padded in another way than the tower was trained on. The peers are transformers' own."""
    bench = MediaTrial(family)
    texts = [bench.columns["note"][row] for row in (5, 2, 9)]
    batch = bench.inputs.collate(bench.encoded, [5, 2, 9])
    padding = "max_length" if family == "siglip" else True
    peer = AutoTokenizer.from_pretrained(bench.folder)(
        texts, truncation=True, max_length=PLACES, padding=padding, return_tensors="pt"
    )
    assert torch.equal(batch["input_ids"], peer["input_ids"])
    assert ("attention_mask" in batch) is (family == "clip")
    alone = media_input("vit").collate(bench.encoded, [5, 2, 9])
    assert torch.equal(batch["pixel_values"], alone["pixel_values"])
    drawn = bench.inputs.training_batch(bench.encoded, [5, 2, 9], 7, 0)
    assert torch.equal(drawn["input_ids"], batch["input_ids"])
    assert not torch.equal(drawn["pixel_values"], batch["pixel_values"])


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_every_token_cut_is_counted(family: str) -> None:
    """Danger: a title that is cut in silence; filling counted as text, or patches as tokens that were lost."""
    bench = MediaTrial(family)
    note = ["good film", "the music was good and the story was good", ""]
    columns = {"path": bench.columns["path"][:3], "note": note}
    whole, cut = (bench.inputs.encode(columns, bench.tokenizer, length) for length in (PLACES, 6))
    patches = bench.tokenizer.patches
    assert (whole.full_lengths - patches).tolist() == (cut.full_lengths - patches).tolist() == [4, 11, 2]
    assert (whole.tokens_lost, cut.tokens_lost) == (0, 5)
    wanted = [PLACES] * 3 if family == "siglip" else [4, 11, 2]
    assert (whole.lengths - patches).tolist() == wanted


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_rows_are_kept_and_opened_as_they_were(family: str, tmp_path: Path) -> None:
    """Danger: prepared data that gives another picture, or another text, than the file did."""
    bench = MediaTrial(family)
    writer = RowsWriter(tmp_path)
    for rows in np.array_split(bench.rows, 3):
        cells = {name: [column[row] for row in rows] for name, column in bench.columns.items()}
        writer.add(bench.inputs.encode(cells, bench.tokenizer, bench.length))
    kept = open_rows(tmp_path, writer.close(), bench.tokenizer)
    fresh, stored = (bench.inputs.collate(rows, [11, 3]) for rows in (bench.encoded, kept))
    assert fresh.keys() == stored.keys()
    assert all(torch.equal(fresh[name], stored[name]) for name in fresh)
    assert np.array_equal(kept.lengths, bench.encoded.lengths)


@torch.no_grad()
@pytest.mark.parametrize("family", ["clip", "clip+cross", "siglip", "siglip+cross"])
def test_an_answer_does_not_depend_on_its_neighbours(family: str) -> None:
    """Danger: SigLIP takes a text's last place for the whole, so that padding to the batch's longest text would change
    what it says of every other."""
    bench = MediaTrial(family)
    whole = bench.logits(bench.plain)
    for row in (0, 7):
        assert torch.allclose(bench.logits(bench.plain, np.array([row])), whole[row : row + 1], atol=1e-5)


def test_null_reads_as_empty_text_and_no_rows_are_no_error() -> None:
    """Danger: the word `None` as a feature; a file with a header alone that ends in a traceback."""
    bench = MediaTrial("clip")
    path = bench.columns["path"][:1]
    null, empty = (bench.inputs.encode({"path": path, "note": [v]}, bench.tokenizer, PLACES) for v in (None, ""))
    assert np.array_equal(null.ids, empty.ids)
    for family in ("clip", "siglip"):
        bench = MediaTrial(family)
        assert len(bench.inputs.encode({"path": [], "note": []}, bench.tokenizer, PLACES)) == 0


def test_segments_of_a_tokenizer_reach_no_tower() -> None:
    """Danger: BERT's tokenizer beside a tower, whose segments end in a traceback in the middle of an evaluation."""
    bench = MediaTrial("clip")
    reader = replace(bench.tokenizer, tokenizer=tiny_tokenizer(types=True))
    encoded = bench.inputs.encode(bench.columns, reader, PLACES)
    assert set(bench.inputs.collate(encoded, [0, 1])) <= {"input_ids", "attention_mask", "pixel_values"}


def test_a_picture_that_has_gone_is_named() -> None:
    """Danger: a traceback for a file that was deleted between the audit and the training."""
    bench = MediaTrial("clip")
    with pytest.raises(UnreadableRowsError):
        bench.inputs.encode({"path": ["gone.png"], "note": ["good"]}, bench.tokenizer, PLACES)


def test_what_a_fresh_process_is_asked(tmp_path: Path) -> None:
    """Danger: a verification that is given rows as we read them, and cannot find what we read wrongly."""
    bench = MediaTrial("siglip+cross")
    asked = bench.inputs.plainly(bench.columns, bench.encoded, tmp_path)
    assert asked["texts"] == bench.columns["note"] and asked["filled"] and asked["fusion"] == "cross"
    assert np.load(asked["rows"][0]["file"]).shape == (20, 24, 3)
