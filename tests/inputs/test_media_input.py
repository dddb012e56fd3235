"""What inputs of pictures and sounds share."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import torch
from tiny_media import MediaTrial, media_input, shared_files


def test_every_row_is_looked_at_to_its_end(tmp_path: Path) -> None:
    """Danger: a picture whose second half is missing passes the audit and is learned grey."""
    good = next((shared_files("image") / "red").glob("*.jpg"))
    (tmp_path / "cut.jpg").write_bytes(good.read_bytes()[:-200])
    shutil.copy(good, tmp_path / "copy.jpg")
    cells = [str(good), str(tmp_path / "cut.jpg"), str(tmp_path / "copy.jpg"), str(tmp_path / "none.jpg"), None]
    looks = list(media_input("vit").looked_at({"path": cells}))
    assert [look.fault for look in looks] == ["", "broken_media", "", "missing_file", "missing_file"]
    assert looks[0].content == looks[2].content != ""


def test_lists_of_files_are_told_from_one_file_in_a_list() -> None:
    """Danger: who wrote one path in brackets is told of several files, and looks for the others."""
    notes = [look.note for look in media_input("vit").looked_at({"path": [("a.png",), ("a.png", "b.png")]})]
    assert notes == ["is a list; write the one path without brackets", "lists several files where one is wanted"]


def test_texts_are_names_and_roles_are_columns() -> None:
    """Danger: a report full of base64."""
    part = media_input("wav2vec2")
    assert part.texts({"path": ["/a/b/c.wav", "data:audio/*;base64,AAAA"]}) == ["c.wav", ""]
    assert (part.roles, part.columns, part.content_columns) == ({"audio": "path"}, ("path",), ("path",))


def test_what_transformers_is_given_is_what_was_read(tmp_path: Path) -> None:
    """Danger: a verification of a model on other values than those it was measured on."""
    bench = MediaTrial("wav2vec2")
    some = bench.encoded.take([0, 1])
    asked = bench.inputs.plainly({"path": bench.columns["path"][:2]}, some, tmp_path)
    assert asked["processor"] == "AutoFeatureExtractor" and len(asked["rows"]) == 2
    row = asked["rows"][1]
    given = bench.tokenizer.extractor(np.load(row["file"]), return_tensors="pt", **row["options"])
    assert torch.equal(given["input_values"], bench.inputs.collate(some, [1])["input_values"])


def test_thumbnails_are_one_a_row() -> None:
    """Danger: the picture of another row beside a mistake."""
    bench = MediaTrial("vit")
    first, second = bench.inputs.thumbnails(bench.encoded, [3, 0])
    assert first != second
    assert [first] == bench.inputs.thumbnails(bench.encoded, [3])
