"""What is counted on shapes is what a real forward keeps."""

from __future__ import annotations

import pytest
import torch
from tiny_models import FAMILIES
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from trial import METHODS, Trial, with_methods

from tunewright.models.activations import Kept, kept_for_backward
from tunewright.models.attention import quick_attention
from tunewright.models.precision import autocast
from tunewright.recipe import catalog

CPU = torch.device("cpu")


def counted(bench: Trial, precision: str, shapes: list[dict[str, tuple[int, ...]]]) -> list[Kept]:
    """On the same architecture without memory."""
    with torch.device("meta"):
        bare: nn.Module = bench.method.prepare(bench.task.bare_model(bench.plain.config, bench.space), 0)
    bench.method.train_mode(bare)
    return kept_for_backward(bare, shapes, CPU, precision)


def really_kept(bench: Trial, precision: str, batch: dict[str, torch.Tensor]) -> int:
    own = {t.untyped_storage().data_ptr() for t in (*bench.model.parameters(), *bench.model.buffers(), *batch.values())}
    found: dict[int, tuple[int, torch.Tensor]] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        found[tensor.untyped_storage().data_ptr()] = (tensor.untyped_storage().nbytes(), tensor)
        return tensor

    with (
        quick_attention(bench.model, CPU, precision),
        autocast(precision, CPU),
        saved_tensors_hooks(keep, lambda t: t),
    ):
        bench.model(**batch)
    return sum(size for address, (size, _) in found.items() if address not in own)


@pytest.mark.parametrize("precision", ("fp32", "bf16"))
@pytest.mark.parametrize(("family", "method"), with_methods(FAMILIES))
def test_it_is_what_a_real_forward_keeps(family: str, method: str, precision: str) -> None:
    """Danger: a formula made for one family, off by a factor for the next. Frozen layers keep nothing, adapters more,
    gated layers half as much again."""
    bench = Trial(family, method, dropout=0.1, precision=precision)
    batch = bench.encoded.collate(bench.rows)
    [found] = counted(bench, precision, [{name: tuple(tensor.shape) for name, tensor in batch.items()}])
    assert found.activations + found.casts == pytest.approx(really_kept(bench, precision, batch), rel=0.02)
    assert (found.casts > 0) == (precision == "bf16")


def test_twice_the_rows_keep_twice_as_much_and_weights_are_cast_once() -> None:
    """Danger: weights counted among the activations grow with the token budget."""
    bench = Trial("bert", precision="bf16")
    one, two = counted(bench, "bf16", [{"input_ids": (8, 24)}, {"input_ids": (16, 24)}])
    assert two.activations == pytest.approx(2 * one.activations, rel=0.01)
    assert two.casts == one.casts


def test_methods_are_known() -> None:
    """Danger: a new method that nobody traces."""
    assert set(METHODS) == set(catalog.kinds("method"))
