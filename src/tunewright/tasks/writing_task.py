"""Tasks whose model reads one text and writes another: translation, summaries."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from torch import Tensor, nn

from tunewright.data.plan import micro_batches
from tunewright.data.table import Cell
from tunewright.data.usable import TargetKind
from tunewright.errors import Problem, RecipeError
from tunewright.inputs import Batch, Encoded, Input
from tunewright.inputs.target_tokens import NO_TOKEN, TargetTokens, tokenize_targets
from tunewright.losses import LossSum
from tunewright.losses.loss import TargetKind as OutputKind
from tunewright.models.anatomy import inner_model
from tunewright.models.generation import Decoding, Written, write
from tunewright.models.head import HeadClass, ProblemType
from tunewright.models.load_options import LoadOptions
from tunewright.models.precision import autocast
from tunewright.models.source import Source
from tunewright.models.writer import bare_writer, load_writer, probing_ids, shifted, writes
from tunewright.recipe import Part
from tunewright.recipe.union import PartOf
from tunewright.tasks.asking import Asking
from tunewright.tasks.prediction import Prediction
from tunewright.tasks.space import Space
from tunewright.tasks.task import Outputs, Task
from tunewright.tasks.text_rows import TextRows

__all__ = ["WritingTask"]

_PROBED_COLUMNS = 256
_BUDGETS = 4
"""Budgets of a forward that are read at once for writing, which computes one token a row and beam at a time."""


class WritingTask(Task):
    """A text for each row, written by an encoder-decoder model.

    It learns by reading the true text one token behind (teacher forcing), with a loss for each token; it is measured by
    what it writes on its own.
    """

    target_kind: ClassVar[TargetKind] = "text"
    learns: ClassVar[OutputKind] = "label"
    auto_class: ClassVar[HeadClass] = "AutoModelForSeq2SeqLM"
    problem_type: ClassVar[ProblemType | None] = None
    generates: ClassVar[bool] = True

    loss: Annotated[Part, PartOf("loss")] = Field(
        default={"kind": "cross_entropy", "label_smoothing": 0.1}, validate_default=True
    )
    """What training makes small, summed over the tokens of the true text: `cross_entropy`, by default with a label
    smoothing of 0.1 (Vaswani et al. 2017), or `focal`."""
    prefix: str = ""
    """What is put before each text, as T5 was taught its tasks: `translate English to Chinese: `, with the space."""
    max_target_length: int | None = Field(default=None, ge=2)
    """Longest true text in tokens that is learned, special ones included; null takes the limit of the input."""
    max_new_tokens: int = Field(default=128, ge=1)
    """Longest text that is written, in tokens; what is ended by it is counted and reported."""
    length_penalty: float = 1.0
    """Exponent of the length that a beam's score is divided by; over 1 favours longer texts."""
    no_repeat_ngram: int = Field(default=0, ge=0)
    """Tokens in a row that may not come twice in what is written; 0 allows it."""
    validation_beams: int = Field(default=1, ge=1)
    """Beams while training, to choose the best checkpoint; 1 is greedy and several times faster."""
    validation_rows: int = Field(default=500, ge=1)
    """Most validation rows that are written for while training, a fixed draw; the loss is of all of them."""

    @property
    @abstractmethod
    def search(self) -> int:
        """Beams of the finished model."""

    @model_validator(mode="after")
    def _no_class_weights(self) -> Self:
        if getattr(self.loss, "class_weights", None) is not None:
            raise PydanticCustomError(
                "part_misfit",
                "has a loss with class_weights, and {task} writes tokens, which are no classes",
                {"task": self.kind, "hint": "Leave class_weights out."},
            )
        return self

    # --- targets ---------------------------------------------------------------------------------------------------

    def ready(self, config: Any, tokenizer: Any) -> None:
        if not writes(config):
            what = f"is of the family {config.model_type}, which cannot write a text from another one"
            hint = "Take an encoder-decoder model: Marian, mBART, NLLB, M2M100, T5, mT5, LongT5, or a folder of one."
            raise RecipeError("The recipe cannot be used.", [Problem("model", what, hint)])
        positions = getattr(config, "max_decoder_position_embeddings", None) or getattr(
            config, "max_position_embeddings", None
        )
        if positions and self.max_target_length and self.max_target_length > positions:
            what = f"is {self.max_target_length}, and this model writes at most {positions} tokens"
            hint = f"Allowed here: 2 to {positions}, or null."
            raise RecipeError("The recipe cannot be used.", [Problem("task.max_target_length", what, hint)])
        ends = config.eos_token_id
        ids = tokenizer(text_target="a")["input_ids"]
        if ends is not None and not set(ids) & set(ends if isinstance(ends, (list, tuple)) else [ends]):
            what = f"has a tokenizer that does not end texts with the model's end token (id {ends})"
            hint = "The model would never learn to stop. Put the tokenizer of these weights beside config.json."
            raise RecipeError("The recipe cannot be used.", [Problem("model", what, hint)])

    def text_prefix(self) -> str:
        return self.prefix

    def read_targets(self, cells: Sequence[Cell], tokenizer: Any, max_length: int) -> TargetTokens:
        return tokenize_targets([str(cell) for cell in cells], tokenizer, self.max_target_length or max_length)

    def space(self, cells: Sequence[Cell], name: str, encoded: Encoded) -> Space:
        return Space("text", ())

    def saved_space(self, config: Any) -> Space:
        return Space("text", ())

    def encode(self, cells: Sequence[Cell], space: Space, encoded: Encoded) -> TextRows:
        return TextRows(cast("Sequence[str]", cells))

    def targets(self, truth: TextRows, encoded: Encoded, samples: NDArray[np.int64], space: Space) -> NDArray[np.int64]:
        """(samples, longest): tokens of the true texts, -100 behind them."""
        assert encoded.targets is not None
        return encoded.targets.padded(samples)

    # --- the model -------------------------------------------------------------------------------------------------

    def model(self, source: Source, space: Space, options: LoadOptions) -> nn.Module:
        tokenizer = source.tokenizer()
        self.ready(source.config(), tokenizer)
        model: Any = load_writer(source, options)
        # plain transformers shall write what was measured
        model.generation_config.update(
            num_beams=self.search,
            max_new_tokens=self.max_new_tokens,
            max_length=None,
            length_penalty=self.length_penalty,
            no_repeat_ngram_size=self.no_repeat_ngram,
            do_sample=False,
            early_stopping=False,
            min_length=0,
            repetition_penalty=1.0,
            encoder_no_repeat_ngram_size=0,
            **self.begins(model, tokenizer),
        )
        return cast(nn.Module, model)

    def begins(self, model: nn.Module, tokenizer: Any) -> dict[str, int]:
        """How every text begins, as arguments of transformers' `generate`: with what the decoder reads first while it
        learns, which is not in every family what config.json says."""
        labels = torch.tensor([tokenizer(text_target="a")["input_ids"]])
        return {"decoder_start_token_id": int(shifted(model, labels)[0, 0])}

    def bare_model(self, config: Any, space: Space) -> nn.Module:
        return bare_writer(config)

    def outputs(self, model: nn.Module, arguments: Mapping[str, Tensor]) -> Tensor:
        """(samples, 257) of a decoder that reads the source's own first tokens: every n-th logit behind the last of
        them, and the logarithm of the sum of all. For comparing models, every weight of which has a part in it."""
        config = inner_model(model).config
        logits: Tensor = model(**arguments, decoder_input_ids=probing_ids(arguments["input_ids"], config)).logits[:, -1]
        step = max(1, logits.shape[1] // _PROBED_COLUMNS)
        return torch.cat([logits[:, ::step][:, :_PROBED_COLUMNS], logits.logsumexp(dim=1, keepdim=True)], dim=1)

    # --- the loss --------------------------------------------------------------------------------------------------

    def loss_of(self, model: nn.Module, batch: Batch, space: Space) -> LossSum:
        logits: Tensor = model(**batch.arguments, decoder_input_ids=shifted(model, batch.targets)).logits
        return self.compute_loss(logits, batch.targets, space)

    def compute_loss(self, outputs: Tensor, targets: Tensor, space: Space) -> LossSum:
        """Over the tokens of the true texts: the weight counts them."""
        learned = targets != NO_TOKEN
        return super().compute_loss(outputs[learned], targets[learned], space)

    # --- answers ---------------------------------------------------------------------------------------------------

    def written(self, model: nn.Module, encoded: Encoded, inputs: Input, space: Space, asking: Asking) -> TextRows:
        decoding = Decoding(
            beams=self.validation_beams if asking.quick else self.search,
            max_new_tokens=self.max_new_tokens,
            length_penalty=self.length_penalty,
            no_repeat_ngram=self.no_repeat_ngram,
            given=self.begins(model, asking.tokenizer),
        )
        rows = np.arange(len(encoded), dtype=np.int64)
        found = write(
            model,
            lambda some: inputs.collate(encoded, some),
            micro_batches(rows, encoded.lengths * decoding.beams, _BUDGETS * asking.token_budget),
            decoding,
            device=asking.device,
            precision=asking.precision,
            progress=asking.progress,
        )
        texts = asking.tokenizer.batch_decode(found.ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        sure = np.full(len(texts), np.nan)
        if not asking.quick:
            sure = self._certainty(model, encoded, inputs, found, asking)
        return TextRows([text.strip() for text in texts], sure, found.cut)

    @torch.inference_mode()
    def _certainty(
        self, model: nn.Module, encoded: Encoded, inputs: Input, found: Written, asking: Asking
    ) -> NDArray[np.float64]:
        """The geometric mean of the probabilities of each text's tokens, whatever beams and penalties chose them."""
        lengths = np.array([max(1, len(ids)) for ids in found.ids], dtype=np.int64)
        pad = np.array([NO_TOKEN])
        flat = np.concatenate([np.zeros(0, dtype=np.int64), *(ids if len(ids) else pad for ids in found.ids)])
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        tokens = TargetTokens(flat.astype(np.int32), offsets, lengths)
        sure = np.zeros(len(found.ids))
        rows = np.argsort(-(encoded.lengths + lengths), kind="stable")
        start = self.begins(model, asking.tokenizer)["decoder_start_token_id"]
        most = int((encoded.lengths + lengths).max(initial=1))
        size = max(1, asking.token_budget // most)
        with autocast(asking.precision, asking.device):
            for first in range(0, len(rows), size):
                some = rows[first : first + size]
                labels = torch.from_numpy(tokens.padded(some)).to(asking.device)
                given = {name: tensor.to(asking.device) for name, tensor in inputs.collate(encoded, some).items()}
                before = torch.full_like(labels, start)
                before[:, 1:] = labels[:, :-1].clamp(min=0)
                logits = model(**given, decoder_input_ids=before).logits.float()
                told = torch.log_softmax(logits, dim=-1).gather(2, labels.clamp(min=0)[:, :, None])[:, :, 0]
                counts = (labels != NO_TOKEN).sum(dim=1).clamp(min=1)
                mean = told.masked_fill(labels == NO_TOKEN, 0.0).sum(dim=1) / counts
                sure[some] = mean.exp().double().cpu().numpy()
        return sure

    def answers(self, outputs: Outputs, encoded: Encoded, space: Space) -> TextRows:
        raise NotImplementedError(f"{self.kind} writes its answers")

    def decide(self, answers: TextRows, space: Space) -> list[str]:
        return list(answers.texts)

    def in_words(self, truth: TextRows, space: Space) -> list[str]:
        return list(truth.texts)

    def predictions(self, answers: TextRows, space: Space, texts: Sequence[str]) -> list[Prediction]:
        sure = np.full(len(answers), np.nan) if answers.certainty is None else answers.certainty
        return [
            Prediction(text, None if np.isnan(p) else float(p), {}, written=text)
            for text, p in zip(answers.texts, sure, strict=True)
        ]

    def remarks(self, truth: TextRows, answers: TextRows) -> list[str]:
        """How many texts were ended by the limit."""
        ended = 0 if answers.cut is None else int(answers.cut.sum())
        empty = sum(not text.strip() for text in answers.texts)
        found = []
        if ended:
            found.append(
                f"{ended:,} of {len(answers):,} texts came to no end within {self.max_new_tokens} tokens and were cut: "
                "raise task.max_new_tokens, or train longer."
            )
        if empty:
            found.append(f"{empty:,} of {len(answers):,} texts are empty: the model ended before its first word.")
        return found
