"""Models that read pictures by one tower and texts by another (CLIP, SigLIP), with a head over both.

transformers has the towers and no such head. What is saved is one folder: `CLIPModel.from_pretrained` opens the towers
of it as it opens any other, and the head lies in the same safetensors file under `fusion.`, as the head of a
`BertForSequenceClassification` lies beside the body that `BertModel` opens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    CLIPConfig,
    CLIPModel,
    CLIPPreTrainedModel,
    PreTrainedModel,
    SiglipConfig,
    SiglipModel,
    SiglipPreTrainedModel,
)
from transformers import initialization as init
from transformers.modeling_outputs import SequenceClassifierOutput

from tunewright.errors import UserError
from tunewright.models.fusion import Fusion, FusionKind, Layer, joined_vectors

__all__ = ["ImageTextClassifier", "TowerVectors", "fills_texts", "is_joined", "joined"]

_FUSION = "image_text_fusion"
"""In a configuration: how the head over both towers is made; not there for the towers alone."""
_DROPOUT = 0.1


def joined(config: Any, fusion: FusionKind | None, name: str) -> Any:
    """A model's configuration with a head over both towers; or without one, whatever it was saved with.

    Raises:
        UserError: the model does not read pictures and texts by two towers.
    """
    if fusion is None:
        vars(config).pop(_FUSION, None)
        return config
    if type(config) not in ImageTextClassifier._model_mapping:
        raise UserError(
            f"{name} ({config.model_type}) does not read a picture and a text by two towers that are known here.\n"
            "  Name a model of type clip or siglip, such as google/siglip-base-patch16-224 or "
            "google/siglip2-base-patch16-224."
        )
    setattr(config, _FUSION, fusion)
    if not hasattr(config, "classifier_dropout"):
        config.classifier_dropout = _DROPOUT
    return config


def is_joined(config: Any) -> bool:
    """Whether a head over both towers is wanted."""
    return getattr(config, _FUSION, None) is not None


def fills_texts(config: Any) -> bool:
    """Whether a family reads every text filled up to its full length, without a mask, as SigLIP was trained: the last
    place, filled or not, is what it takes for the whole."""
    return isinstance(config, SiglipConfig)


class _Joined(PreTrainedModel):  # type: ignore[misc]
    """Two towers and a head. What compares pictures with texts (a scale and a shift of cosines) has no say in it: it is
    carried along unchanged, so that the saved towers are whole, and counts as no parameters."""

    # peft's wrappers for texts would hand on `inputs_embeds` and the like
    main_input_name: ClassVar[str] = "pixel_values"
    _towers: ClassVar[Callable[[Any], PreTrainedModel]]

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        towers = type(self)._towers(config)
        for name in ("logit_scale", "logit_bias"):
            if name in towers._parameters:
                value = cast(Tensor, towers._parameters.pop(name))
                towers.register_buffer(name, value.detach())
        setattr(self, self.base_model_prefix, towers)
        self.fusion = Fusion(
            getattr(config, _FUSION),
            _shared_width(config),
            config.text_config.hidden_size,
            config.vision_config.hidden_size,
            config.num_labels,
            config.classifier_dropout,
        )
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, Layer):  # for inputs of size 1, at any width
            init.normal_(module.weight, std=module.in_features**-0.5)
            init.zeros_(module.bias)

    def get_input_embeddings(self) -> nn.Module:
        """The table of words."""
        return cast(nn.Module, self.base_model.text_model.embeddings.token_embedding)

    def forward(
        self,
        input_ids: Tensor | None = None,
        pixel_values: Tensor | None = None,
        attention_mask: Tensor | None = None,
        **options: Any,
    ) -> SequenceClassifierOutput:
        """`logits` (rows, outputs) of pictures and texts, row by row."""
        text, picture = _said(self.base_model, input_ids, pixel_values, attention_mask)
        logits = self.fusion(
            text.pooler_output,
            picture.pooler_output,
            text.last_hidden_state,
            picture.last_hidden_state,
            attention_mask,
        )
        return SequenceClassifierOutput(logits=logits)


def _said(towers: Any, ids: Tensor | None, pixels: Tensor | None, mask: Tensor | None) -> tuple[Any, Any]:
    """What both towers put out: `pooler_output`, projected, and `last_hidden_state`."""
    text = towers.get_text_features(input_ids=ids, attention_mask=mask)
    return text, towers.get_image_features(pixel_values=pixels)


class ClipClassifier(_Joined, CLIPPreTrainedModel):  # type: ignore[misc]
    """CLIP with a head over both towers."""

    _towers = CLIPModel


class SiglipClassifier(_Joined, SiglipPreTrainedModel):  # type: ignore[misc]
    """SigLIP with a head over both towers; SigLIP 2 too, where pictures have one size."""

    _towers = SiglipModel


class ImageTextClassifier:
    """Opens a model with a head over both towers: what an `AutoModelFor...` of transformers would be."""

    _model_mapping: ClassVar[Mapping[Any, Any]] = {CLIPConfig: ClipClassifier, SiglipConfig: SiglipClassifier}

    @classmethod
    def from_pretrained(cls, location: str, *, config: Any = None, **options: Any) -> Any:
        """The class of this configuration, or of the one beside the weights, with the weights from there."""
        config = config or AutoConfig.from_pretrained(location, trust_remote_code=False)
        return cls._model_mapping[type(config)].from_pretrained(location, config=config, **options)

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """The same, with new weights."""
        return cls._model_mapping[type(config)]._from_config(config)


class TowerVectors(nn.Module):
    """The pretrained towers as they are: `[0]` is both vectors of a row and their product, (rows, 3 * width)."""

    def __init__(self, towers: nn.Module) -> None:
        super().__init__()
        self.towers = towers

    def forward(self, input_ids: Tensor, pixel_values: Tensor, attention_mask: Tensor | None = None) -> tuple[Tensor]:
        text, picture = _said(self.towers, input_ids, pixel_values, attention_mask)
        return (joined_vectors(text.pooler_output, picture.pooler_output),)


def _shared_width(config: Any) -> int:
    """Numbers in the vectors of both towers."""
    return int(config.text_config.projection_size if isinstance(config, SiglipConfig) else config.projection_dim)
