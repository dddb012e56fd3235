"""What rows of pictures and sounds owe: the same laws as rows of text, with all that is drawn of a row in training."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_media import PICTURE_FAMILIES, SOUND_FAMILIES, MediaTrial
from torch import Tensor, nn
from trial import METHODS, ROWS, with_live_additions

from tunewright.models.head import HEADS, head_class
from tunewright.models.source import Source, quiet_transformers
from tunewright.training.state import Progress, gather_state, read_progress, restore, write_state

FAMILIES = (*PICTURE_FAMILIES, *SOUND_FAMILIES)
FEW = ("vit", "wav2vec2")
REFUSED = (("adapter", "swin"), ("adapter", "convnext"))
"""A feed-forward whose width no field of the configuration says (tests/models/test_feed_forward.py)."""


def difference(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    """Largest difference of any parameter's gradient, relative to the norm of the whole gradient."""
    norm = torch.sqrt(sum(t.double().square().sum() for t in a.values()))
    return max(float((a[n].double() - b[n].double()).norm() / norm) for n in a)


@pytest.mark.parametrize(
    ("family", "method"), (*product(FAMILIES, ("full",)), *product(FEW, ("freeze", "lora", "adapter")))
)
def test_micro_batches_change_no_gradient(family: str, method: str) -> None:
    """Danger: crops drawn in the order of the micro-batches, or a norm over another row's padding: with another budget
    the model would learn from other pictures."""
    bench = with_live_additions(MediaTrial(family, method))
    bench.stepper.number = 3
    whole, loss = bench.gradient([np.arange(ROWS)])
    assert max(float(t.abs().max()) for t in whole.values()) > 0
    ordered = np.argsort(-bench.encoded.lengths, kind="stable")
    for count in (3, 16):
        with_live_additions(bench.restart())
        bench.stepper.number = 3
        other, other_loss = bench.gradient(np.array_split(ordered, count))
        assert other.keys() == whole.keys()
        assert difference(whole, other) < 1e-4, count
        assert other_loss == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("family", FEW)
def test_another_step_draws_otherwise(family: str) -> None:
    """Danger: the same cut in every epoch, which is no augmentation at all."""
    bench = MediaTrial(family)
    first, second = (bench.inputs.training_batch(bench.encoded, bench.rows, 7, step) for step in (0, 1))
    again = bench.inputs.training_batch(bench.encoded, bench.rows, 7, 0)
    name = next(iter(first))
    assert first[name].shape != second[name].shape or not torch.equal(first[name], second[name])
    assert torch.equal(first[name], again[name])


@pytest.mark.parametrize(("family", "method"), product(FEW, METHODS))
def test_resuming_ends_at_the_same_bits(family: str, method: str, tmp_path: Path) -> None:
    """Danger: a resumed run that sees each picture cut otherwise than the undisturbed one did."""
    bench = MediaTrial(family, method, dropout=0.2)
    bench.step(3)
    undisturbed = bench.weights()
    bench.restart().step(1)
    write_state(tmp_path, gather_state(bench.model, bench.method, bench.optimizer), Progress(step=1))
    bench.restart()
    for parameter in bench.stepper.parameters.values():
        nn.init.normal_(parameter)
    torch.manual_seed(12345)
    np.random.seed(1)  # a family's own masks would be drawn from here
    restore(tmp_path, bench.model, bench.method, bench.optimizer)
    bench.step(2, first=read_progress(tmp_path).step)
    assert all(torch.equal(tensor, undisturbed[name]) for name, tensor in bench.weights().items())


@pytest.mark.parametrize(("method", "family"), [p for p in product(METHODS, FAMILIES) if p not in REFUSED])
def test_only_what_is_declared_moves_and_merging_changes_nothing(family: str, method: str) -> None:
    """Danger: a frozen layer that drifts, an adapter that is never computed, a merged model that answers otherwise."""
    bench = MediaTrial(family, method)
    declared = set(bench.stepper.parameters)
    before = bench.weights()
    bench.step(2)
    moved = {name for name, tensor in bench.weights().items() if not torch.equal(tensor, before[name])}
    assert moved <= declared
    # what stands for masked frames is never used: the masks are not drawn here
    assert {name for name in declared - moved if "masked_spec_embed" not in name} == set()
    unmerged = bench.logits(bench.model.eval())
    merged = bench.method.merge(bench.model).eval()
    assert torch.allclose(bench.logits(merged), unmerged, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_saving_and_loading_changes_nothing(family: str, tmp_path: Path) -> None:
    """Danger: weights that are right in memory and other ones on disk; a preparation that is not beside them."""
    bench = MediaTrial(family)
    bench.step(1)
    wanted = bench.logits(bench.model.eval())
    with quiet_transformers():
        bench.model.save_pretrained(tmp_path)
        bench.tokenizer.save_pretrained(str(tmp_path))
    source = Source("saved", str(tmp_path))
    opened = source.model(HEADS[head_class(source.config(), bench.task.auto_class)], source.config())[0].eval()
    reader = bench.inputs.preprocessor(source)
    encoded = bench.inputs.encode(bench.columns, reader, reader.longest)
    with torch.no_grad():
        found = bench.task.outputs(opened, bench.inputs.collate(encoded, bench.rows))
    assert torch.allclose(found, wanted, atol=1e-6)
