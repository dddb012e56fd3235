"""What must hold before a finished run is measured again: a model measured on rows it has learned looks perfect."""

from __future__ import annotations

from tunewright.errors import DataError, Problem, RecipeError
from tunewright.pipeline.differences import differing
from tunewright.pipeline.prepare import Prepared
from tunewright.recipe import Recipe
from tunewright.records import Provenance
from tunewright.tasks import Space

__all__ = ["refuse_other_rows", "refuse_other_training"]

# what may be replaced: the rows that are measured, how they are read, what is measured and how fast
_FREE = {
    "data.test", "data.validation", "data.encoding", "data.delimiter", "data.quoting", "data.on_bad_row",
    "data.on_long", "data.on_leak", "evaluation", "output", "training.threads", "training.token_budget",
    "training.precision", "training.gradient_checkpointing",
}  # fmt: skip


def refuse_other_training(trained: Recipe, asked: Recipe) -> None:
    """Stop where an override is about the training, which is over.

    Raises:
        RecipeError: with every such field.
    """
    problems = [
        Problem(field, f"is {now!r}, and the model was trained with {was!r}")
        for field, was, now in differing(trained, asked, _FREE)
    ]
    if isinstance(asked.data.test, float) and asked.data.test != trained.data.test:
        what = f"is the share {asked.data.test:g}: another draw would measure rows that the model has learned"
        problems.append(Problem("data.test", what, "Name a file: data.test=new.csv"))
    if problems:
        raise RecipeError(
            "A finished model cannot be measured with these changes.",
            problems,
            f"What can be replaced: {', '.join(sorted(_FREE - {'output'}))}. For the rest train anew.",
        )


def refuse_other_rows(prepared: Prepared, provenance: Provenance, space: Space) -> None:
    """Stop where the training file has changed since, in what the model's figures hang on.

    Args:
        prepared: what the recipe reads now.
        provenance: of the training.
        space: the model's own.

    Raises:
        DataError: the labels are others now, or the rows that were held out cannot be drawn again.
    """
    if space.kind != "number" and prepared.space.names != space.names:
        problems = [
            Problem(name, "is a label of the model, and stands in no training row now")
            for name in space.names
            if name not in prepared.space.names
        ] + [
            Problem(name, "stands in the training rows now, and the model does not know it")
            for name in prepared.space.names
            if name not in space.names
        ]
        raise DataError("The labels are not those that the model was trained on.", problems)
    if not isinstance(prepared.recipe.data.test, str):
        changed = [
            Problem(
                file.path, "has changed since the model was trained", "Restore it, or name a file: data.test=new.csv"
            )
            for file in prepared.audit.files
            if file.role == "train" and provenance.data_sha256.get(file.path) != file.sha256
        ]
        if changed:
            raise DataError("The rows that were held out of training cannot be told any more.", changed)
