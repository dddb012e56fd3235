"""The table of parts, and parts of other packages."""

from __future__ import annotations

import importlib
import sys

import pytest

from tunewright.errors import RecipeError
from tunewright.recipe import Part, catalog

GOOD = '''
from typing import Literal
from tunewright.recipe import Part

class BitFit(Part):
    """Only biases move."""
    kind: Literal["bitfit"] = "bitfit"
    layers: int = 2
    """How many."""

class NotAPart:
    pass

instance = BitFit()
'''


@pytest.fixture
def distribution(parts, tmp_path, monkeypatch):
    """Installs a package with the entry points given, as pip would."""

    def install(*points: str, code: str = GOOD) -> None:
        (tmp_path / "bitfit_for_tests.py").write_text(code)
        info = tmp_path / "bitfit_for_tests-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bitfit-for-tests\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[tunewright.parts]\n" + "\n".join(points) + "\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        catalog._table.cache_clear()
        catalog.load.cache_clear()

    yield install
    sys.modules.pop("bitfit_for_tests", None)


def test_families_and_kinds_keep_their_order(parts):
    """The first kind of a family is the one that messages name first."""
    assert catalog.families() == ("input", "task", "loss", "method", "schedule", "probe", "tracker")
    assert catalog.kinds("method") == ("full", "lora")


def test_a_kind_is_its_class(parts):
    """The name in the table must lead to the class that calls itself so."""
    for family in catalog.families():
        for kind in catalog.kinds(family):
            part = catalog.load(family, kind)
            assert issubclass(part, Part)
            assert part.model_fields["kind"].default == kind


def test_an_unknown_kind_names_the_near_miss(parts):
    """Whoever asks for a kind by code gets the same help as on the page."""
    wanted = r"there is no method of kind 'lorra'\. Did you mean 'lora'\? Allowed: full, lora\."
    with pytest.raises(KeyError, match=wanted):
        catalog.load("method", "lorra")


def test_a_missing_module_of_our_own_is_not_hidden(parts, monkeypatch):
    """A broken installation must show its own traceback, not a message about other packages."""
    monkeypatch.setitem(catalog.BUILTIN["method"], "ghost", "tunewright.no_such_module:Ghost")
    catalog._table.cache_clear()
    with pytest.raises(ModuleNotFoundError):
        catalog.load("method", "ghost")


def test_another_package_adds_a_kind(distribution, read, minimal):
    """One file and one line of packaging: what the documentation promises to third parties."""
    distribution("method.bitfit = bitfit_for_tests:BitFit")
    assert catalog.kinds("method") == ("full", "lora", "bitfit")
    recipe = read(minimal + "method: {kind: bitfit, layers: 5}\n")
    assert recipe.method.layers == 5
    with pytest.raises(RecipeError, match=r"method\.layrs \(line 6\): is not a field here\n +Did you mean 'layers'"):
        read(minimal + "method: {kind: bitfit, layrs: 5}\n")


def test_a_built_in_kind_cannot_be_replaced(distribution):
    """An installed package that swaps `lora` for its own would change every figure without a trace."""
    distribution("method.lora = bitfit_for_tests:BitFit")
    with pytest.raises(RecipeError, match=r"would replace a built-in method"):
        catalog.kinds("method")


@pytest.mark.parametrize("name", ["bitfit", "methods.bitfit", "method.", ".bitfit"])
def test_an_entry_point_without_family_is_refused(distribution, name):
    """Ignored, the package's author would search for hours."""
    distribution(f"{name} = bitfit_for_tests:BitFit")
    with pytest.raises(RecipeError, match=r"does not name a part(.|\n)*Families: input, task"):
        catalog.kinds("method")


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("bitfit_for_tests:Missing", "cannot be imported"),
        ("no_such_package_for_tests:BitFit", "cannot be imported"),
        ("bitfit_for_tests", "cannot be imported"),
        ("bitfit_for_tests:NotAPart", "is not a class derived from tunewright.recipe.Part"),
        ("bitfit_for_tests:instance", "is not a class derived from tunewright.recipe.Part"),
    ],
)
def test_a_part_that_cannot_be_used_names_its_package(distribution, target, what):
    """The user has to know whose mistake it is."""
    distribution(f"method.bitfit = {target}")
    with pytest.raises(RecipeError) as caught:
        catalog.load("method", "bitfit")
    assert what in str(caught.value)
    assert target in str(caught.value)


def test_a_package_that_fails_while_it_is_imported(distribution):
    """Any error can come out of another's module; ours says which package it came from."""
    distribution("method.bitfit = bitfit_for_tests:BitFit", code="1 / 0\n")
    with pytest.raises(RecipeError, match=r"'bitfit' \(bitfit_for_tests:BitFit\) cannot be imported: division by zero"):
        catalog.load("method", "bitfit")


def test_a_part_that_calls_itself_otherwise_is_refused(distribution):
    """A recipe written with its own kind would not read back."""
    distribution("method.other = bitfit_for_tests:BitFit")
    with pytest.raises(RecipeError, match=r"calls itself 'bitfit'"):
        catalog.load("method", "other")
