"""The folder of a run: the only place that knows the names of its files."""

from __future__ import annotations

from pathlib import Path

from tunewright.errors import UserError

__all__ = ["RunFolder"]


class RunFolder:
    """Names of everything a run leaves behind. Creates nothing until asked to.

    ```
    recipe.yaml              every field filled in
    provenance.json          versions, machine, fingerprints of data and model
    audit.json               what was found in the data
    journal.jsonl            every step and validation, one JSON line each
    checkpoints/step-000120/ state to resume from
    model/                   what `from_pretrained` opens, with a model card in README.md
    adapter/                 what a method added, alone, where it adds
    evaluation/NAME.json     one file a probe, and verification.json
    report.html
    ```
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """A folder that holds a run.

        Raises:
            UserError: there is no such folder, or it holds no run.
        """
        folder = cls(path)
        if not folder.path.is_dir():
            runs = (
                sorted(p.parent.name for p in folder.path.parent.glob("*/recipe.yaml"))
                if folder.path.parent.is_dir()
                else []
            )
            beside = f" Runs beside it: {', '.join(runs[:8])}." if runs else ""
            raise UserError(f"There is no run {folder.path}.{beside}\n  Make one with: tunewright train RECIPE")
        if not folder.recipe.is_file():
            raise UserError(
                f"{folder.path} holds no run: it has no recipe.yaml.\n  Make one with: tunewright train RECIPE"
            )
        return folder

    @property
    def recipe(self) -> Path:
        return self.path / "recipe.yaml"

    @property
    def provenance(self) -> Path:
        return self.path / "provenance.json"

    @property
    def audit(self) -> Path:
        return self.path / "audit.json"

    @property
    def journal(self) -> Path:
        return self.path / "journal.jsonl"

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        return self.path / "model"

    @property
    def adapter(self) -> Path:
        return self.path / "adapter"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def verification(self) -> Path:
        return self.evaluation("verification")

    def checkpoint(self, step: int) -> Path:
        """`checkpoints/step-000120`."""
        return self.checkpoints / f"step-{step:06d}"

    def evaluation(self, probe: str) -> Path:
        """`evaluation/quality.json` for the probe `quality`."""
        return self.path / "evaluation" / f"{probe}.json"

    @property
    def finished(self) -> bool:
        """Whether training ended and its model was written and verified."""
        return self.verification.is_file() and (self.model / "config.json").is_file()
