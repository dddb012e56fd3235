"""How near a translation is to its reference: chrF, BLEU and TER, from counts of each row.

The counts come from sacrebleu, so that figures are those of the field. Each figure follows from sums of counts over
rows, so that a re-weighting of the rows is one product; tests hold every one to sacrebleu's own.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunewright.errors import MissingExtraError
from tunewright.metrics.info import MetricInfo
from tunewright.metrics.weighting import checked, in_blocks

__all__ = ["NAMES", "OverlapCounts", "bleu_tokenizer", "counts", "refuse_without_sacrebleu", "values"]

NAMES: dict[str, MetricInfo] = {
    "chrf": MetricInfo(
        True, "share", "chrF2: F-score of runs of 1 to 6 characters (Popović 2015); 100% is the reference itself."
    ),
    "bleu": MetricInfo(
        True, "share", "BLEU: runs of 1 to 4 words that stand in the reference (Papineni et al. 2002), by sacrebleu."
    ),
    "ter": MetricInfo(
        False, "share", "TER: words to edit, per word of the reference (Snover et al. 2006); effort of post-editing."
    ),
}

_ORDERS = 6
_BETA_SQUARED = 4.0
_BLEU_ORDERS = 4
_MOSTLY = 0.3
_UNSPACED_CODES = (
    "zh",
    "zho",
    "cmn",
    "yue",
    "ja",
    "jpn",
    "th",
    "tha",
    "lo",
    "lao",
    "km",
    "khm",
    "my",
    "mya",
    "bo",
    "bod",
)
_CHINESE_CODES = ("zh", "zho", "cmn", "yue")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff]")


@dataclass(frozen=True, eq=False)
class OverlapCounts:
    """What each row has in common with its reference.

    Attributes:
        chrf: (rows, 18) runs of characters in the answer, in the reference, in both, for each length.
        bleu: (rows, 10) words of the answer, of the reference, then right and all runs of 1 to 4 words.
        ter: (rows, 2) edits, words of the reference.
    """

    chrf: np.ndarray
    bleu: np.ndarray
    ter: np.ndarray

    def each_chrf(self) -> np.ndarray:
        """chrF of every row alone: (rows,)."""
        return _chrf(self.chrf.astype(np.float64).T)


def refuse_without_sacrebleu() -> None:
    """Stop where the package that counts is not there.

    Raises:
        MissingExtraError: with what to install.
    """
    if importlib.util.find_spec("sacrebleu") is None:
        raise MissingExtraError("Measuring translations", "sacrebleu", "translate")


def bleu_tokenizer(language: str | None, references: Sequence[str]) -> str:
    """sacrebleu's word cutter for a language: `zh`, `char` for other scripts without spaces, else `13a`.

    Args:
        language: as the recipe names it (`zh`, `zho_Hans`, `zh_CN`); None looks at the references.
        references: texts in it.
    """
    if language is not None:
        stem = re.split(r"[_\-]", language.strip("_><").casefold())[0]
        return "zh" if stem in _CHINESE_CODES else "char" if stem in _UNSPACED_CODES else "13a"
    text = "".join(references[:500])
    letters = max(1, sum(map(str.isalpha, text)))
    if len(_UNSPACED.findall(text)) / letters >= _MOSTLY:
        return "char"
    return "zh" if len(_HAN.findall(text)) / letters >= _MOSTLY else "13a"


def counts(answers: Sequence[str], references: Sequence[str], tokenizer: str) -> OverlapCounts:
    """Compare each answer with its reference.

    Raises:
        MissingExtraError: sacrebleu is not installed.
    """
    chrf, bleu, ter = _scorers(tokenizer)
    answers, references = [_visible(text) for text in answers], [_visible(text) for text in references]
    return OverlapCounts(
        *(
            np.array(scorer._extract_corpus_statistics(answers, [references]), dtype=np.float64).reshape(-1, width)
            for scorer, width in ((chrf, 3 * _ORDERS), (bleu, 2 + 2 * _BLEU_ORDERS), (ter, 2))
        )
    )


def values(found: OverlapCounts, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `NAMES` under each re-weighting.

    Args:
        found: of n rows.
        weights: (r, n), 0 or more.

    Returns:
        (r,) for each name.
    """

    def measure(block: np.ndarray) -> dict[str, np.ndarray]:
        return {
            "chrf": _chrf(found.chrf.T @ block),
            "bleu": _bleu(found.bleu.T @ block),
            "ter": _ter(found.ter.T @ block),
        }

    return in_blocks(checked(weights, len(found.chrf)), measure)


@functools.cache
def _scorers(tokenizer: str) -> tuple[Any, Any, Any]:
    refuse_without_sacrebleu()
    metrics = importlib.import_module("sacrebleu.metrics")
    unspaced = tokenizer != "13a"
    return (
        metrics.CHRF(),
        # tokenised text passes no check here: whoever translates tokenised text measures tokenised text
        metrics.BLEU(tokenize=tokenizer, force=True),
        metrics.TER(normalized=unspaced, asian_support=unspaced),
    )


def _visible(text: str) -> str:
    return " ".join(text.split())


def _chrf(sums: np.ndarray) -> np.ndarray:
    """F-score (b,) of sums (18, b): mean precision and mean recall over the lengths that both sides have."""
    answered, true, both = sums[0::3], sums[1::3], sums[2::3]
    counts_ = (answered > 0) & (true > 0)
    orders = np.maximum(1, counts_.sum(axis=0))
    precision = np.where(counts_, both / np.where(counts_, answered, 1), 0).sum(axis=0) / orders
    recall = np.where(counts_, both / np.where(counts_, true, 1), 0).sum(axis=0) / orders
    under = _BETA_SQUARED * precision + recall
    score: np.ndarray = np.where(under > 0, (1 + _BETA_SQUARED) * precision * recall / np.where(under > 0, under, 1), 0)
    return score


def _bleu(sums: np.ndarray) -> np.ndarray:
    """BLEU (b,) of sums (10, b), orders without a hit smoothed as sacrebleu does (Chen & Cherry 2014, method 3)."""
    answered, true = sums[0], sums[1]
    right, every = sums[2 : 2 + _BLEU_ORDERS], sums[2 + _BLEU_ORDERS :]
    logs, smooth = np.zeros_like(answered), np.ones_like(answered)
    for hits, runs in zip(right, every, strict=True):
        smooth = np.where((runs > 0) & (hits == 0), 2 * smooth, smooth)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs += np.where(runs > 0, np.log(np.where(hits > 0, hits, 1 / smooth) / runs), -np.inf)
        # sacrebleu stops at the first length without any run, and what follows has none either
    with np.errstate(divide="ignore", invalid="ignore"):
        brevity = np.where(answered >= true, 1.0, np.exp(1 - true / answered))
    score: np.ndarray = np.where(right.any(axis=0), brevity * np.exp(logs / _BLEU_ORDERS), 0.0)
    return np.asarray(np.nan_to_num(score))


def _ter(sums: np.ndarray) -> np.ndarray:
    """Edits per word of the reference (b,); 1 where there is something to cut and no reference."""
    edits, true = sums
    rate: np.ndarray = np.where(true > 0, edits / np.where(true > 0, true, 1), (edits > 0).astype(np.float64))
    return rate
