"""Masked words: an encoder reads on in the texts of a domain."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from tunewright.data.table import Table
from tunewright.errors import MissingExtraError, Problem, RecipeError
from tunewright.inputs import Batch, Encoded, Input
from tunewright.inputs.masking import BEGINS, CONTINUES, disturbed, fixed_choice, hidden_tokens
from tunewright.inputs.words import Spans
from tunewright.losses import LossSum
from tunewright.models.anatomy import inner_model
from tunewright.models.head import HeadClass
from tunewright.models.language_head import load_language_model
from tunewright.models.load_options import LoadOptions
from tunewright.models.row_places import real_tokens, row_slices
from tunewright.models.source import Source
from tunewright.tasks.space import Space
from tunewright.tasks.text_task import TextTask, joined, laid_out
from tunewright.tasks.token_losses import token_losses

__all__ = ["Masked"]


class Masked(TextTask):
    """Masked-language modelling: an encoder foresees words that are hidden from it (Devlin et al. 2019).

    Continued on texts of a domain it makes a better start for every task in that domain (Gururangan et al. 2020): name
    the run's `model/` as `model` of the next recipe. Which tokens are hidden is drawn anew in every epoch (Liu et al.
    2019). For figures a fixed draw is hidden behind the mask alone; their perplexity is one of hidden tokens and not
    comparable with that of a causal model.
    """

    auto_class: ClassVar[HeadClass] = "AutoModelForMaskedLM"
    takes_packed: ClassVar[bool] = True

    kind: Literal["masked"] = "masked"
    """Which task this is."""
    share: float = Field(default=0.15, gt=0.0, lt=1.0)
    """Share of the tokens that are hidden (Devlin et al. 2019); 0.3 and more can pay for large models."""
    whole_words: bool = False
    """Hide all pieces of a word or none, so that a word cannot be told from its other half."""
    chinese_words: Literal["characters", "jieba"] = "characters"
    """What a word is in Chinese with `whole_words`: a character, or a word as the package jieba cuts it (Cui et al.
    2021)."""
    join: bool = True
    """Join rows into blocks that fill the model's length, end to end; false reads each row by itself."""

    def arranged(self, table: Table, inputs: Input, tokenizer: Any, max_length: int) -> Table:
        return joined(table, inputs, tokenizer, max_length) if self.join else table

    def words(self) -> bool | Callable[[str], Spans]:
        return _chinese_words() if self.whole_words and self.chinese_words == "jieba" else True

    def marked(self, encoded: Encoded, tokenizer: Any) -> Encoded:
        """With marks of the tokens that begin words and go on with them; special tokens are never hidden.

        Raises:
            RecipeError: the tokenizer has no mask.
        """
        if tokenizer.mask_token_id is None:
            what = "has no mask token: it was not trained to foresee hidden words"
            hint = "Use an encoder (BERT, RoBERTa, ...), or task=language_model for a causal model."
            raise RecipeError("The recipe cannot be used.", [Problem("model", what, hint)])
        assert encoded.words is not None
        marks = np.where(encoded.words.first >= 0, BEGINS, CONTINUES).astype(np.int8)
        marks[np.isin(encoded.ids, tokenizer.all_special_ids)] = 0
        return replace(encoded, words=None, marks=marks, pad_left=False)

    def ids_read(self, encoded: Encoded, config: Any) -> NDArray[np.integer[Any]]:
        """All of the vocabulary: one in a hundred tokens is replaced by any other."""
        return np.arange(config.get_text_config().vocab_size)

    def learnable(self, encoded: Encoded) -> NDArray[np.bool_]:
        assert encoded.marks is not None
        may: NDArray[np.bool_] = encoded.marks > 0
        return may

    def counted(self, encoded: Encoded) -> NDArray[np.bool_]:
        assert encoded.marks is not None
        bounds = encoded.offsets.tolist()
        parts = [slice(low, high) for low, high in itertools.pairwise(bounds)]
        found = [fixed_choice(encoded.ids[part], encoded.marks[part], self.share) for part in parts]
        return np.concatenate([np.zeros(0, dtype=np.bool_), *found])

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        return load_language_model(source, self.auto_class, options, mask_token_id=source.tokenizer().mask_token_id)

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """With the fixed draw hidden."""
        ids, marks = _flat(arguments)
        hidden = np.zeros(ids.shape, dtype=np.bool_)
        for row in row_slices(arguments):
            hidden[row] = fixed_choice(ids[row], marks[row], self.share)
        shown = np.where(hidden, inner_model(model).config.mask_token_id, ids)
        loss, behind, at = _foreseen(model, arguments, shown, hidden)
        return laid_out(loss, behind, at, real_tokens(arguments))

    def loss_of(self, model: nn.Module, batch: Batch, space: Space) -> LossSum:
        """With the draw of this step hidden."""
        assert batch.draw is not None
        config = inner_model(model).config
        ids, marks = _flat(batch.arguments)
        hidden, shown = np.zeros(ids.shape, dtype=np.bool_), ids.copy()
        for row, generator in zip(row_slices(batch.arguments), batch.draw.generators(), strict=True):
            hidden[row] = hidden_tokens(marks[row], self.share, generator, self.whole_words)
            length = int((marks[row] > 0).nonzero()[0].max(initial=-1)) + 1  # draws must not depend on the padding
            part = slice(row.start, row.start + length)
            shown[part] = disturbed(
                ids[part],
                hidden[part],
                config.mask_token_id,
                config.get_text_config().vocab_size,
                generator,
            )
        loss, _, _ = _foreseen(model, batch.arguments, shown, hidden)
        return LossSum(loss.sum(), float(hidden.sum()))

    def asked_anew(self, inputs: Input, cells: Mapping[str, Sequence[Any]], encoded: Encoded) -> list[dict[str, Any]]:
        counted = self.counted(encoded)
        found = []
        for row, text in enumerate(inputs.texts(cells)):
            part = slice(int(encoded.offsets[row]), int(encoded.offsets[row + 1]))
            places, ids = np.flatnonzero(counted[part]).tolist(), encoded.ids[part]
            score = [[place, int(ids[place])] for place in places]
            found.append({"text": text, "hide": places, "score": score})
        return found


def _flat(arguments: Mapping[str, Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens and their marks, row after row with their padding: (tokens,) each."""
    return arguments["input_ids"].cpu().numpy().ravel(), arguments["marks"].cpu().numpy().ravel()


def _foreseen(
    model: nn.Module, arguments: Mapping[str, Any], shown: NDArray[np.int64], hidden: NDArray[np.bool_]
) -> tuple[Tensor, Tensor, Tensor]:
    """What the model says of the hidden tokens where it is shown others; and where they stand, as a tensor of the shape
    of `input_ids`."""
    ids = arguments["input_ids"]
    at = torch.from_numpy(hidden).to(ids.device).view(ids.shape)
    given = {name: value for name, value in arguments.items() if name != "marks"}
    seen = torch.from_numpy(shown).to(ids.device).view(ids.shape)
    loss, behind = token_losses(model, given | {"input_ids": seen}, at, ids[at])
    return loss, behind, at


def _chinese_words() -> Callable[[str], Spans]:
    """Cuts texts into words with jieba.

    Raises:
        MissingExtraError: it is not installed.
    """
    if importlib.util.find_spec("jieba") is None:
        raise MissingExtraError("task.chinese_words=jieba", "jieba", "jieba")
    jieba = importlib.import_module("jieba")
    jieba.setLogLevel("ERROR")

    def words(text: str) -> Spans:
        spans = [(start, end) for word, start, end in jieba.tokenize(text) if word.strip()]
        return np.array(spans, dtype=np.int32).reshape(-1, 2)

    return words
