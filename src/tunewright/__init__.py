"""From your own labelled data to a fine-tuned transformer that you can trust and ship.

```python
import tunewright

recipe = tunewright.Recipe.read("reviews.yaml")
run = tunewright.train(recipe)
run.predict(["I want my money back"])
run.report
```
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunewright.pipeline import Prediction, Run, check, evaluate, train
    from tunewright.recipe import Recipe

__all__ = ["Prediction", "Recipe", "Run", "__version__", "check", "evaluate", "train"]

__version__ = "0.1.0"

if "torch" not in sys.modules:
    # threads that wait shall soon sleep: long spinning was measured to make a step 2 to 12 times slower on busy cores,
    # and no spinning at all a fifth slower on quiet ones; read once, when torch is loaded
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")

_HOMES = {"Recipe": "tunewright.recipe"} | dict.fromkeys(
    ("Prediction", "Run", "check", "evaluate", "train"), "tunewright.pipeline"
)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: `import tunewright` alone costs milliseconds."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'tunewright' has no attribute {name!r}")
