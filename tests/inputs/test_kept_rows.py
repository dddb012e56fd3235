"""Rows of tokens on disk: what was encoded, no more, no less."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_media import MediaTrial
from tiny_models import WORDS, tiny_tokenizer

from tunewright.inputs.encoded import Encoded
from tunewright.inputs.kept_rows import RowsWriter, open_rows
from tunewright.inputs.tagged_tokens import tokenize_words
from tunewright.inputs.target_tokens import TargetTokens
from tunewright.inputs.words import words_of


def encoded(rows: int = 10, types: bool = True, seed: int = 0) -> Encoded:
    generator = np.random.default_rng(seed)
    lengths = generator.integers(0, 9, rows)
    ids = generator.integers(0, 1000, int(lengths.sum())).astype(np.int32)
    return Encoded(
        ids=ids,
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        types=(ids % 2).astype(np.int8) if types else None,
        full_lengths=lengths + 3,
        unknown=7,
        pad_id=5,
        pad_left=True,
    )


def with_words(windows: bool) -> Encoded:
    """Rows of tagged words, some of them in several windows."""
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(WORDS, n)) for n in generator.integers(1, 25, 10)]
    words = [words_of(text) for text in texts]
    return tokenize_words(texts, words, tiny_tokenizer(), 12, 3 if windows else None)


def shards(whole: Encoded, size: int) -> list[Encoded]:
    rows = len(whole.full_lengths)
    pieces = [whole.of_rows(range(start, min(start + size, rows))) for start in range(0, rows, size)]
    return [replace(piece, unknown=whole.unknown if not number else 0) for number, piece in enumerate(pieces)]


def same(one, two) -> bool:
    """Field by field, so that a field added to `Encoded` is compared too."""
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if isinstance(a, np.ndarray):
            if a.dtype != b.dtype or not np.array_equal(a, b):
                return False
        elif is_dataclass(a) and is_dataclass(b):
            if not same(a, b):
                return False
        elif a != b:
            return False
    return True


@pytest.mark.parametrize("types", [True, False])
def test_shards_come_back_as_one(tmp_path, types):
    """A shard whose offsets are not moved would read the tokens of other rows."""
    whole = encoded(types=types)
    writer = RowsWriter(tmp_path)
    for shard in shards(whole, 4):
        writer.add(shard)
    assert same(open_rows(tmp_path, json.loads(json.dumps(writer.close()))), whole)


@pytest.mark.parametrize("windows", [True, False])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_words_and_windows_come_back(tmp_path, windows, size):
    """A window that is counted to another row, or a word to another token, teaches the label of a neighbour."""
    whole = with_words(windows)
    assert (whole.row_of is not None) == windows
    writer = RowsWriter(tmp_path)
    for shard in shards(whole, size):
        writer.add(shard)
    assert same(open_rows(tmp_path, writer.close()), whole)


def test_a_killed_writer_is_gone_on_with(tmp_path):
    """An hour of encoding must not be lost to a kill in its last minute, and half a shard must not count as one."""
    whole = encoded(rows=20)
    pieces = shards(whole, 6)
    writer = RowsWriter(tmp_path)
    writer.add(pieces[0])
    writer.add(pieces[1])
    writer._files["ids"].append(pieces[2].ids)  # killed in the middle of the third
    writer.close()
    again = RowsWriter(tmp_path)
    assert again.rows == 12 and not again.begun_anew
    again.add(pieces[2])
    again.add(pieces[3])
    assert same(open_rows(tmp_path, again.close()), whole)
    finished = RowsWriter(tmp_path)  # a split that was done is not done again
    assert finished.rows == 20
    assert same(open_rows(tmp_path, finished.close()), whole)


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "note"])
def test_damaged_shards_are_begun_anew(tmp_path, harm):
    """A disk that lost a block must not put other tokens into training."""
    whole = encoded(rows=20)
    writer = RowsWriter(tmp_path)
    writer.add(shards(whole, 10)[0])
    writer.close()
    ids = tmp_path / "ids"
    raw = bytearray(ids.read_bytes())
    if harm == "flip":
        raw[4] ^= 1
        ids.write_bytes(raw)
    elif harm == "cut":
        ids.write_bytes(raw[:8])
    elif harm == "gone":
        ids.unlink()
    else:
        (tmp_path / "progress.json").write_text('{"rows": 10}')
    again = RowsWriter(tmp_path)
    assert again.rows == 0 and again.begun_anew
    again.add(whole)
    assert same(open_rows(tmp_path, again.close()), whole)


def test_rows_of_another_kind_are_refused(tmp_path):
    """A field that is not written would be missing from the second run on, without a word."""

    @dataclass(frozen=True, eq=False)
    class More(Encoded):
        pictures: object = None

    base = encoded()
    with pytest.raises(TypeError, match="More with pictures"):
        RowsWriter(tmp_path).add(More(**{field.name: getattr(base, field.name) for field in fields(base)}))
    writer = RowsWriter(tmp_path)
    writer.add(base)
    with pytest.raises(ValueError, match="differ"):
        writer.add(replace(base, pad_id=6))


@pytest.mark.parametrize("given", [False, True])
def test_words_of_the_data_stay_words_of_the_data(tmp_path, given: bool) -> None:
    """Danger: on the second start, places over words are read as places over characters."""
    whole = with_words(windows=False)
    assert whole.words is not None
    writer = RowsWriter(tmp_path)
    writer.add(replace(whole, words=replace(whole.words, given=given)))
    found = open_rows(tmp_path, json.loads(json.dumps(writer.close())))
    assert found.words is not None
    assert found.words.given is given


def test_target_tokens_come_back(tmp_path) -> None:
    """Danger: translations of another shard's rows, or none, when a run starts from what is kept."""
    rows = encoded(8)
    generator = np.random.default_rng(1)
    lengths = generator.integers(1, 6, 8)
    ids = generator.integers(0, 1000, int(lengths.sum())).astype(np.int32)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    rows = replace(rows, targets=TargetTokens(ids, offsets, lengths + 1))
    writer = RowsWriter(tmp_path)
    for part in (np.arange(3), np.arange(3, 8)):
        writer.add(rows.take(part))
    found = open_rows(tmp_path, json.loads(json.dumps(writer.close()))).targets
    assert found is not None and found.ids.tolist() == ids.tolist() and found.offsets.tolist() == offsets.tolist()
    assert found.full_lengths.tolist() == (lengths + 1).tolist() and found.tokens_lost == 8


@pytest.mark.parametrize("family", ["vit", "wav2vec2"])
def test_pictures_and_sounds_come_back_as_they_were(family: str, tmp_path: Path) -> None:
    """Danger: values of one row under the label of another, or rows of a killed run read as whole ones."""
    bench = MediaTrial(family)
    writer = RowsWriter(tmp_path)
    writer.add(bench.encoded.take(np.arange(7)))
    writer = RowsWriter(tmp_path)  # as after a kill
    assert (writer.rows, writer.begun_anew) == (7, "")
    writer.add(bench.encoded.take(np.arange(7, 16)))
    opened = open_rows(tmp_path, writer.close(), bench.tokenizer)
    assert (
        opened.media is not None
        and opened.media.cells is None
        and opened.lengths.tolist() == bench.encoded.lengths.tolist()
    )
    assert np.array_equal(opened.media.content(), bench.encoded.media.content())
    assert np.array_equal(opened.media.sizes, bench.encoded.media.sizes)
    some = opened.of_rows([12, 3])
    for name, tensor in bench.inputs.collate(bench.encoded, [12, 3]).items():
        assert torch.equal(some.collate([0, 1])[name], tensor)
