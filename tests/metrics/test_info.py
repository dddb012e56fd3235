from __future__ import annotations

import pytest

from tunewright.metrics import classification, multilabel, regression


@pytest.mark.parametrize("family", [classification, multilabel, regression])
def test_every_metric_says_what_it_is(family) -> None:
    """An error marked higher-is-better would choose the worst epoch as the best."""
    for name, info in family.NAMES.items():
        assert info.higher_is_better != (name in {"log_loss", "ece", "rmse", "mae"}), name
        assert info.unit in {"share", "correlation", "nats", "target"}
        assert info.doc.endswith(".") and len(info.doc) < 90
