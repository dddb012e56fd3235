"""tunewright cache"""

from __future__ import annotations

import pytest


def test_what_a_run_has_kept_is_listed_and_cleared(typed, page, own_cache):
    """Prepared data holds the user's texts: they must be able to see where it lies and to remove it."""
    assert "No prepared data" in typed("cache").out
    assert typed("check", page).status == 0
    done = typed("cache")
    assert done.status == 0
    assert str(own_cache / "prepared") in done.out.replace("\n", "") and "whole" in done.out and "20.0 GiB" in done.out
    listed = typed("cache", "--json").json
    assert listed["folder"] == str(own_cache) and listed["limit_bytes"] == 20 * 2**30
    assert len(listed["prepared"]) == 1 and listed["prepared"][0]["finished"] and listed["bytes"] > 0
    assert typed("cache", "--clear", "--json").json["freed_bytes"] == listed["bytes"]
    assert typed("cache", "--json").json["prepared"] == []


@pytest.mark.parametrize("verb", ["cache", "check"])
def test_a_limit_that_is_no_number_is_a_mistake_to_mend(typed, page, monkeypatch, verb):
    """A traceback for a mistyped variable tells nobody what to type."""
    monkeypatch.setenv("TUNEWRIGHT_CACHE_GIB", "20GB")
    done = typed(*([verb, page] if verb == "check" else [verb]))
    assert done.status == 2 and "TUNEWRIGHT_CACHE_GIB" in done.err
