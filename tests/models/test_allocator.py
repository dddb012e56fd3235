"""Freed memory that is kept: fewer page faults, and nothing done where a user has decided."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from tunewright.models.allocator import keep_freed_memory

FAULTS = """
import resource, sys, torch
from tunewright.models.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def blocks():
    return [torch.ones(3_000_000) for _ in range(4)]
for _ in range(4):
    blocks()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    blocks()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")


@glibc
def test_the_same_memory_is_used_again():
    """Danger: a setting that the C library takes and that does nothing."""
    done = subprocess.run([sys.executable, "-c", FAULTS, "keep"], capture_output=True, text=True, check=True)
    # ten times 48 MB would be 117,000 pages
    assert int(done.stdout) < 5_000


@glibc
def test_a_users_own_setting_stays(monkeypatch):
    """Danger: a cluster's memory policy overruled by a library."""
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "100000")
    assert not keep_freed_memory()


def test_other_c_libraries_are_left_alone(monkeypatch):
    """Danger: numbers that mean something else there."""
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
