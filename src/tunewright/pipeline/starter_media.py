"""What `tunewright init` writes of pictures and sounds: a base model, the input's own fields, the limit."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MEDIA", "MediaPage"]


@dataclass(frozen=True)
class MediaPage:
    """Lines of a recipe that are other ones where a row is no text.

    Attributes:
        model: the base model, if the user named none.
        options: fields of the input behind its column.
        note: what they mean.
        on_long: the line's value with its comment.
    """

    model: str
    options: str
    note: str
    on_long: str


MEDIA = {
    "image": MediaPage(
        model="google/vit-base-patch16-224",
        options=", crop: 0.8, flip: true, colour: 0.1",
        note="changed by chance in training; flip: false for writing, arrows, hands",
        on_long="cut    # pictures are sized to the model: nothing is cut",
    ),
    "audio": MediaPage(
        model="facebook/wav2vec2-base",
        options=", max_seconds: 10",
        note="more than that of a sound is not heard",
        on_long="cut    # sounds beyond max_seconds lose their end, and the loss is reported; or: error",
    ),
}
"""By the role of the input."""
