"""What `tunewright init` writes of pictures and sounds: a base model, the input's own fields, the limit."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MEDIA", "MediaPage"]


@dataclass(frozen=True)
class MediaPage:
    """Lines of a recipe that are other ones where a row is no text.

    Attributes:
        model: the base model, if the user named none.
        model_note: what else would do.
        options: fields of the input behind its column.
        note: what they mean.
        on_long: the line's value with its comment.
        other_scripts: model and what else would do, for texts that are hardly written in Latin letters.
    """

    model: str
    model_note: str
    options: str
    note: str
    on_long: str
    other_scripts: tuple[str, str] = ("", "")


MEDIA = {
    "image": MediaPage(
        model="google/vit-base-patch16-224",
        model_note="86M parameters, Apache-2.0; smaller: facebook/deit-small-patch16-224 (22M) or "
        "microsoft/swin-tiny-patch4-window7-224 (28M); or a local folder",
        options=", crop: 0.8, flip: true, colour: 0.1",
        note="changed by chance in training; flip: false for writing, arrows, hands",
        on_long="cut    # pictures are sized to the model: nothing is cut",
    ),
    "image+text": MediaPage(
        model="openai/clip-vit-base-patch32",
        model_note="151M parameters, English, MIT; or google/siglip2-base-patch16-224 (375M, many languages, "
        "Apache-2.0); or a local folder",
        options=", crop: 0.8, flip: true, colour: 0.1, fusion: concat",
        note="pictures are changed by chance in training; fusion: cross lets words look at details",
        on_long="cut    # texts beyond the model's length lose their end, and the loss is reported; or: error",
        other_scripts=(
            "google/siglip2-base-patch16-224",
            "375M parameters, many languages, Apache-2.0; or a local folder of type clip or siglip",
        ),
    ),
    "audio": MediaPage(
        model="facebook/wav2vec2-base",
        model_note="95M parameters, speech, Apache-2.0; MIT/ast-finetuned-audioset-10-10-0.4593 (87M, BSD-3) for other "
        "sounds; or a local folder",
        options=", max_seconds: 10",
        note="more than that of a sound is not heard",
        on_long="cut    # sounds beyond max_seconds lose their end, and the loss is reported; or: error",
    ),
}
"""By the roles of the input."""
