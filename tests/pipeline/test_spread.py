"""Work that processes share; two real ones are in tests/laws/test_processes.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from trial import trial

from tunewright.errors import ResourceError
from tunewright.evaluation import infer
from tunewright.pipeline import spread
from tunewright.pipeline.spread import agree, infer_together
from tunewright.training.state import Progress
from tunewright.training.world import World

CPU = torch.device("cpu")


def test_alone_nothing_is_shared_and_nothing_changes() -> None:
    """Danger: figures of one process that are not those they were before there could be two."""
    bench = trial()
    bench.model.eval()
    logits = infer_together(bench.model, bench.encoded, bench.inputs, CPU, "fp32", 64, World())
    plain = infer(bench.model, bench.encoded, bench.inputs, device=CPU, precision="fp32", token_budget=64)
    assert np.array_equal(logits, plain)
    progress = Progress(step=3, best_value=0.1 + 0.2, scaler={"scale": 2.0})
    assert agree(World(), progress) == progress


def test_a_batch_of_slices_that_does_not_fit_says_what_to_lower(monkeypatch: pytest.MonkeyPatch) -> None:
    """Danger: a process halves its batches and waits for ever, since the others go through the model less often."""
    bench = trial()

    def short(*given: object) -> None:
        raise MemoryError

    monkeypatch.setattr(type(bench.inputs), "collate", short)
    with pytest.raises(ResourceError, match=r"Lower training\.token_budget and go on with --resume"):
        spread._infer_in_step(bench.model, bench.encoded, bench.inputs, [np.arange(3)], CPU, "fp32", None)
