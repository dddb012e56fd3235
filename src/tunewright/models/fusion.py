"""How a picture and a text become one vector of outputs: a small head over what two towers say."""

from __future__ import annotations

from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Fusion", "FusionKind", "Layer", "joined_vectors", "scaled"]

FusionKind = Literal["concat", "cross"]
_HEAD_WIDTH = 64


class Layer(nn.Linear):
    """A linear layer of the head; a class of its own, so that it is drawn in one way beside towers of any family."""


class Fusion(nn.Module):
    """Both vectors and a third that needs both, through one hidden layer.

    The third is the product of the two, element by element (`concat`), or the mean over the text's tokens after each
    has looked at the picture's patches in one block of cross-attention (`cross`).
    """

    def __init__(
        self, kind: FusionKind, width: int, text_width: int, patch_width: int, outputs: int, dropout: float
    ) -> None:
        """Args:
        kind: where the third vector comes from.
        width: of the vectors that both towers put out.
        text_width, patch_width: of a token's and a patch's last hidden state.
        outputs: of the whole model.
        dropout: before the last layer, and in the block.
        """
        super().__init__()
        self.look = Look(width, text_width, patch_width, dropout) if kind == "cross" else None
        self.mix = Layer(3 * width, width)
        self.dropout = nn.Dropout(dropout)
        self.out = Layer(width, outputs)

    def forward(self, text: Tensor, picture: Tensor, words: Tensor, patches: Tensor, mask: Tensor | None) -> Tensor:
        """Outputs (rows, outputs).

        Args:
            text, picture: (rows, width), what the towers put out.
            words: (rows, tokens, text_width), last hidden states.
            patches: (rows, patches, patch_width), likewise.
            mask: (rows, tokens), 0 for padding; None where there is none.
        """
        if self.look is None:
            vectors = joined_vectors(text, picture)
        else:
            vectors = torch.cat([scaled(text), scaled(picture), scaled(self.look(words, patches, mask))], dim=-1)
        found: Tensor = self.out(self.dropout(functional.gelu(self.mix(vectors))))
        return found


class Look(nn.Module):
    """One block: each token of the text looks at all patches of the picture, then the mean over the tokens."""

    def __init__(self, width: int, text_width: int, patch_width: int, dropout: float) -> None:
        super().__init__()
        self.heads = _heads(width)
        self.words = Layer(text_width, width)
        self.word_norm, self.patch_norm = nn.LayerNorm(width), nn.LayerNorm(patch_width)
        self.query = Layer(width, width)
        self.key, self.value = Layer(patch_width, width), Layer(patch_width, width)
        self.back = Layer(width, width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = Layer(width, 2 * width), Layer(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, words: Tensor, patches: Tensor, mask: Tensor | None) -> Tensor:
        """(rows, width)."""
        states, seen = self.words(words), self.patch_norm(patches)
        query, key, value = (
            made.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for made in (self.query(self.word_norm(states)), self.key(seen), self.value(seen))
        )
        looked = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(-2)
        states = states + self.dropout(self.back(looked))
        states = states + self.dropout(self.down(functional.gelu(self.up(self.norm(states)))))
        if mask is None:
            return cast(Tensor, states.mean(dim=1))
        counted = mask.unsqueeze(-1).to(states.dtype)
        return cast(Tensor, (states * counted).sum(dim=1) / counted.sum(dim=1))


def joined_vectors(text: Tensor, picture: Tensor) -> Tensor:
    """(rows, 3 * width): both vectors and their product, all of them with numbers of size 1."""
    text, picture = scaled(text), scaled(picture)
    return torch.cat([text, picture, text * picture], dim=-1)


def scaled(vectors: Tensor) -> Tensor:
    """To a mean square of 1, in fp32: towers put out vectors of length 10 or of length 1, and mean their direction."""
    return cast(Tensor, functional.normalize(vectors.float(), dim=-1) * vectors.shape[-1] ** 0.5)


def _heads(width: int) -> int:
    """Of 64 numbers each, or as near to that as divides the width."""
    return next(heads for heads in range(max(1, width // _HEAD_WIDTH), 0, -1) if width % heads == 0)
