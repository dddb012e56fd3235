"""Where the cache is, and how much may lie in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunewright.errors import UserError
from tunewright.records.cache import cache_folder, cache_limit


def test_the_folder_that_is_named_first_counts(tmp_path, monkeypatch):
    """A full home is why somebody names another folder; gigabytes must not land there all the same."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("TUNEWRIGHT_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.setenv("TUNEWRIGHT_CACHE", "relative")
    assert cache_folder() == tmp_path / "xdg" / "tunewright"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / "home" / ".cache" / "tunewright"


def test_without_a_home_there_is_no_cache(monkeypatch):
    """In a container without a home, preparing must go on without a cache instead of a traceback."""
    monkeypatch.delenv("TUNEWRIGHT_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder() is None


def test_the_limit_is_in_gib(monkeypatch):
    """A disk filled in silence stops other people's work."""
    assert cache_limit() == 20 * 2**30
    for given, limit in (("0.5", 2**29), ("0", 0), (" 3 ", 3 * 2**30)):
        monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", given)
        assert cache_limit() == limit


@pytest.mark.parametrize("given", ["20GB", "-1", "inf", "nan"])
def test_a_limit_that_is_no_number_is_refused(monkeypatch, given):
    """Taken as no limit, a slip of the keyboard would fill the disk."""
    monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", given)
    with pytest.raises(UserError, match="TUNEWRIGHT_CACHE_GIB"):
        cache_limit()
