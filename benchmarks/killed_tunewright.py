"""tunewright's side of benchmarks.kills: `python -m benchmarks.killed_tunewright FOLDER KILLS SEED` prints JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from forked_runs import Trials, imported

from benchmarks.kill_trials import trials


class Ours(Trials):
    """The runs of tests/reliability, compared by what is handed over."""

    def exact(self, run: Path) -> bool:
        """The model's files and all weights and moments kept, the journal's figures and the rows of each step."""
        return self.found(run) == self.expected

    def checkpoints(self, run: Path) -> list[Path]:
        """By number."""
        return sorted((run / "checkpoints").glob("step-*"))


def main() -> None:
    """One JSON list."""
    torch.set_num_threads(1)
    imported()
    side = Ours(Path(sys.argv[1]), "full", 0)
    print(json.dumps(trials(side, int(sys.argv[2]), int(sys.argv[3]))))


if __name__ == "__main__":
    main()
