"""Whether a tokenizer and a model belong together: every id must have a row in the table of embeddings."""

from __future__ import annotations

from typing import Any

from tunewright.errors import UserError

__all__ = ["refuse_foreign_tokenizer"]


def refuse_foreign_tokenizer(config: Any, tokenizer: Any, largest_used: int, name: str) -> None:
    """Stop where ids have no row in the table: on a CPU they crash in the middle of an epoch, on a GPU without a word.

    Tokens that were added to a tokenizer and are never used do no harm, and some published models have them.

    Args:
        config: the model's.
        tokenizer: the one beside it.
        largest_used: the largest id in the rows.
        name: the model, as the recipe says it.

    Raises:
        UserError: the tokenizer's own vocabulary, its padding token or a token of the rows lies beyond the table.
    """
    rows = getattr(config.get_text_config(), "vocab_size", None)
    if not rows:  # families that read characters or bytes have no such table
        return
    largest = max(largest_used, tokenizer.pad_token_id, tokenizer.vocab_size - 1)
    if largest >= rows:
        raise UserError(
            f"The tokenizer of {name} belongs to another model: it has ids up to {largest:,}, and the model has "
            f"embeddings for {rows:,} (ids 0 to {rows - 1:,}).\n"
            "  Texts would be read as other words, or crash the training. Put the tokenizer of these weights "
            "beside config.json."
        )
