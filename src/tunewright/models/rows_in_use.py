"""A word embedding that trains only the rows which the training data uses.

The gradient of a table of 30,000 to 250,000 rows is dense, and all but the rows in use are zero: clearing it, adding
it up and passing it through the optimizer costs memory and a fifth of a small model's step. AdamW moves a row whose
gradient has always been zero by nothing but weight decay, and embeddings are spared that (training/optimizer.py), so
leaving such rows out changes no weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tunewright.models.anatomy import inner_model, input_embedding

__all__ = ["RowsInUse", "dense_gradients", "rows_left_out", "train_rows_in_use"]

_WORTHWHILE = 0.9
"""Share of rows in use above which the table is left as it is."""
_PIECE = 1 << 22


class RowsInUse(nn.Embedding):
    """An embedding whose parameter `weight` (rows in use, width) is a part of a larger table.

    In training mode it looks up in `weight` alone; an id outside of it is an IndexError. In evaluation mode without
    gradients it answers every id of the table, with the weights of the last update.
    """

    table: Tensor
    place: Tensor
    ids: Tensor

    def __init__(self, whole: nn.Embedding, ids: Tensor) -> None:
        """Args:
        whole: the embedding it stands for; its weight is updated on `write_back` and in evaluation.
        ids: int64, sorted, the rows in use.
        """
        nn.Module.__init__(self)
        self.num_embeddings, self.embedding_dim = whole.num_embeddings, whole.embedding_dim
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = None, 2.0, False, False
        self.padding_idx = whole.padding_idx
        table = whole.weight.detach()
        place = torch.full((len(table),), len(ids), dtype=torch.int64, device=table.device)
        place[ids] = torch.arange(len(ids), device=table.device)
        self.weight = nn.Parameter(table[ids].clone())
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("place", place, persistent=False)
        self.register_buffer("ids", ids, persistent=False)
        self._padding_place = None if self.padding_idx is None else int(place[self.padding_idx])
        self._stale = True

    def forward(self, input: Tensor) -> Tensor:
        """Vectors (..., width) of ids (...)."""
        if self.training or torch.is_grad_enabled():
            self._stale = True
            padding = None if self._padding_place == len(self.weight) else self._padding_place
            # on a CPU a sparse gradient: the dense one of every micro-batch is filled with zeros, then added
            sparse = self.weight.device.type == "cpu"
            return nn.functional.embedding(self.place[input], self.weight, padding, sparse=sparse)
        if self._stale:
            self.write_back()
        return nn.functional.embedding(input, self.table)

    def train(self, mode: bool = True) -> RowsInUse:
        """As ever; evaluation begins with the weights of the last update, also where no row of it was computed here."""
        self._stale = True
        return super().train(mode)

    @torch.no_grad()
    def write_back(self) -> None:
        """Bring the larger table up to date."""
        self.table[self.ids] = self.weight.detach()
        self._stale = False


def rows_left_out(model: nn.Module, ids: NDArray[np.integer[Any]], and_id: int) -> int:
    """Rows of the word table that `train_rows_in_use` would leave out; 0 where it changes nothing."""
    inner = inner_model(model)
    embedding: Any = input_embedding(inner)
    used = _used(ids, and_id)
    return int(embedding.num_embeddings) - len(used) if _applies(model, embedding, used) else 0


def dense_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace sparse gradients, which optimizers and norms do not take, by dense ones; once a step."""
    for parameter in parameters:
        if parameter.grad is not None and parameter.grad.is_sparse:
            parameter.grad = parameter.grad.to_dense()


@contextmanager
def train_rows_in_use(model: nn.Module, ids: NDArray[np.integer[Any]], and_id: int) -> Iterator[None]:
    """Inside, the model's word embedding trains the rows `ids` alone; afterwards it is the plain table again, trained.

    Nothing changes where the table is frozen, shared with an output layer, of another kind than `nn.Embedding`, or
    nearly all in use.

    Args:
        model: a transformers model, or one wrapped by peft.
        ids: token ids of the training rows, in any order and with repetitions.
        and_id: one more, for padding.
    """
    inner = inner_model(model)
    embedding: Any = input_embedding(inner)
    used = _used(ids, and_id)
    if not _applies(model, embedding, used):
        yield
        return
    path = next(name for name, module in model.named_modules() if module is embedding)
    compact = RowsInUse(embedding, used.to(embedding.weight.device))
    compact.train(embedding.training)
    model.set_submodule(path, compact)
    try:
        yield
    finally:
        compact.write_back()
        embedding.train(compact.training)
        model.set_submodule(path, embedding)


def _applies(model: nn.Module, embedding: object, used: Tensor) -> bool:
    if type(embedding) is not nn.Embedding or not embedding.weight.requires_grad:
        return False
    if getattr(getattr(inner_model(model), "config", None), "is_encoder_decoder", False):
        return False  # what is written uses other rows, and as a rule another table over the same weights
    if embedding.max_norm is not None or embedding.scale_grad_by_freq or embedding.sparse:
        return False
    if len(used) > _WORTHWHILE * embedding.num_embeddings or int(used[-1]) >= embedding.num_embeddings:
        return False
    owners = sum(any(p is embedding.weight for p in m.parameters(recurse=False)) for m in model.modules())
    return owners == 1


def _used(ids: NDArray[np.integer[Any]], and_id: int) -> Tensor:
    return torch.from_numpy(np.union1d(_distinct(ids), [and_id]))


def _distinct(ids: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """The ids that occur, sorted, without a copy of a list that may be mapped from a disk."""
    seen = np.zeros(0, dtype=np.bool_)
    for start in range(0, len(ids), _PIECE):
        piece = ids[start : start + _PIECE]
        seen = np.append(seen, np.zeros(max(0, int(piece.max()) + 1 - len(seen)), dtype=np.bool_))
        seen[piece] = True
    return np.flatnonzero(seen)
