"""The script that opens two towers with a head, without tunewright."""

from __future__ import annotations

import ast
import io
import json
import sys
from pathlib import Path

import pytest
import torch
from tiny_media import MediaTrial
from tiny_towers import PLACES, TOWER_FAMILIES

from tunewright.models.source import quiet_transformers
from tunewright.pipeline import fresh_towers


@pytest.mark.parametrize("family", TOWER_FAMILIES)
def test_it_says_what_the_model_says(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Danger: a proof that proves another formula than the model's; here each of texts of unlike lengths."""
    bench = MediaTrial(family)
    bench.step(1)
    wanted = bench.logits(bench.model.eval())
    with quiet_transformers():
        bench.model.save_pretrained(tmp_path)
        bench.tokenizer.save_pretrained(str(tmp_path))
    asked = bench.inputs.plainly(bench.columns, bench.encoded, tmp_path)
    asked |= {"folder": str(tmp_path), "max_length": PLACES, "threads": torch.get_num_threads()}
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
    with quiet_transformers():
        fresh_towers.main()
    found = torch.tensor(json.loads(capsys.readouterr().out)["logits"])
    assert torch.allclose(found, wanted, atol=1e-5)


def test_nothing_of_tunewright_is_loaded() -> None:
    """Danger: a proof that leans on the code that it is to check."""
    tree = ast.parse(Path(fresh_towers.__file__).read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.startswith("tunewright")]
