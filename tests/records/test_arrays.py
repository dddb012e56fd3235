"""Arrays that grow on disk."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright.records.arrays import ArrayFile, mapped, write_array


def test_pieces_come_back_as_one_array(tmp_path):
    """A piece that is lost or doubled shifts all rows behind it."""
    file = ArrayFile(tmp_path / "a", "int32")
    for piece in (np.arange(5), np.zeros(0), np.arange(5, 9)):
        file.append(piece)
    assert file.mark()["bytes"] == 36
    file.close()
    found = mapped(tmp_path / "a", "int32")
    assert found.dtype == np.int32 and found.tolist() == list(range(9))
    assert not found.flags.writeable


def test_it_goes_on_from_a_mark_and_forgets_what_came_later(tmp_path):
    """What a killed process wrote behind its last mark is of unknown worth."""
    file = ArrayFile(tmp_path / "a", "int64")
    file.append(np.arange(3))
    mark = file.mark()
    file.append(np.arange(100, 200))
    file.close()
    again = ArrayFile(tmp_path / "a", "int64", mark)
    again.append(np.arange(3, 5))
    assert again.mark() != mark
    again.close()
    assert mapped(tmp_path / "a", "int64").tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("harm", ["cut", "flip"])
def test_a_file_that_is_not_as_marked_is_refused(tmp_path, harm):
    """Going on behind a damaged piece would train on tokens that nobody wrote."""
    file = ArrayFile(tmp_path / "a", "uint8")
    file.append(np.arange(50))
    mark = file.mark()
    file.close()
    raw = bytearray((tmp_path / "a").read_bytes())
    raw[20] ^= 1
    (tmp_path / "a").write_bytes(bytes(raw[:30]) if harm == "cut" else bytes(raw))
    with pytest.raises(ValueError, match="not as it was left"):
        ArrayFile(tmp_path / "a", "uint8", mark)


@pytest.mark.parametrize("values", [np.zeros(0, np.float32), np.array([[1.5, -2.0]]), np.array([True, False])])
def test_a_whole_array_comes_back(tmp_path, values):
    """Targets of every type are kept; an empty file cannot be mapped and must not end the run."""
    dtype = write_array(tmp_path / "a", values)
    found = mapped(tmp_path / "a", dtype)
    assert found.dtype == values.dtype and np.array_equal(found, values.reshape(-1))
