"""What the samples' room promises to the rest."""

from __future__ import annotations

import pytest

from tunewright import samples
from tunewright.errors import UserError


def test_names_are_found(tmp_path, monkeypatch):
    """The recipe's `sample://NAME` is the only way in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert samples.locate("sample://tickets") == samples.tickets()
    monkeypatch.setitem(samples._SAMPLES, "minilm", lambda: tmp_path)
    assert samples.locate("sample://minilm") == tmp_path


def test_an_unknown_name_is_a_users_error_with_the_near_miss():
    """A typo must not look like a missing file of the user's."""
    with pytest.raises(UserError) as caught:
        samples.locate("sample://tikets")
    assert "Did you mean 'sample://tickets'?" in str(caught.value)
    assert "sample://minilm" in str(caught.value)
