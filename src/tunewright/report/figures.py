"""How figures are written: one way for shares, times, sizes and metrics, on the page, in the card, on the terminal."""

from __future__ import annotations

import math

__all__ = [
    "amount",
    "compact",
    "count",
    "counted",
    "counted_are",
    "duration",
    "in_sentence",
    "is_percent",
    "metric_axis",
    "metric_difference",
    "metric_interval",
    "metric_title",
    "metric_value",
    "model_title",
    "seconds",
    "share",
    "signed",
    "size",
    "tiny",
]

NOTHING = "n/a"

_METRICS = {
    "accuracy": "Accuracy",
    "accuracy_balanced": "Accuracy, balanced",
    "balanced_accuracy": "Accuracy, balanced",
    "bleu": "BLEU",
    "brier": "Brier score",
    "chrf": "chrF",
    "ece": "Calibration error (ECE)",
    "answered": "Rightly answered or not",
    "em": "Exact match",
    "exact_match": "Rows wholly right",
    "f1": "F1",
    "f1_macro": "F1, macro",
    "f1_micro": "F1, micro",
    "f1_samples": "F1, per row",
    "f1_weighted": "F1, weighted",
    "hamming_accuracy": "Single decisions right",
    "hamming_loss": "Hamming loss",
    "loss": "Training loss",
    "log_loss": "Log loss",
    "mae": "MAE",
    "mcc": "Matthews correlation",
    "mrr_10": "MRR@10",
    "mse": "MSE",
    "pearson": "Pearson correlation",
    "perplexity": "Perplexity",
    "precision": "Precision",
    "precision_macro": "Precision, macro",
    "precision_micro": "Precision, micro",
    "r2": "R²",
    "recall": "Recall",
    "recall_1": "Recall@1",
    "recall_10": "Recall@10",
    "recall_macro": "Recall, macro",
    "recall_micro": "Recall, micro",
    "reward_accuracy": "Preferences right",
    "reward_margin": "Reward margin",
    "rmse": "RMSE",
    "roc_auc": "ROC AUC",
    "roc_auc_macro": "ROC AUC, macro",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
    "spearman": "Spearman correlation",
    "subset_accuracy": "All labels right",
    "ter": "TER (edits needed)",
    "token_accuracy": "Tokens foreseen",
}
_MODELS = {
    "tuned": "Tuned model",
    "majority": "Constant answer",
    "tfidf": "TF-IDF + linear model",
    "pixels": "Coarse pixels + linear model",
    "spectrum": "Band loudness + linear model",
    "probe": "Frozen model + linear head",
    "dictionary": "Dictionary of words",
    "copy": "Source copied",
    "nearest": "Nearest training row",
    "lead": "First sentences",
    "sentence": "Most similar sentence",
    "silence": "No answer",
    "unigram": "Unigram model",
    "longer": "Longer answer",
    "overlap": "Cosine of counted words",
    "pretrained": "Pretrained model, untouched",
}
_NOT_PERCENT = frozenset(
    {"perplexity", "mcc", "roc_auc", "roc_auc_macro", "r2", "pearson", "spearman", "loss", "log_loss", "brier"}
)
"""Figures that the field writes as plain numbers though they lie within -1..1."""
_BARE = frozenset({"", "share", "correlation", "target"})
"""Units that are not written behind a number."""
_FIXED = frozenset({"share", "correlation", "nats"})
"""Units whose numbers are of the order of 1: three decimals, so that they stand under one another."""


def count(number: float) -> str:
    """`12,345`."""
    return f"{number:,.0f}" if math.isfinite(number) else NOTHING


def counted(number: float, noun: str, several: str = "") -> str:
    """`1 row`, `1,234 rows`, `2.39 epochs`; `several` where the plural is not the noun with an s."""
    figure = count(number) if float(number).is_integer() else f"{number:.3g}" if number < 99.95 else f"{number:,.1f}"
    return f"{figure} {noun if number == 1 else several or f'{noun}s'}"


def counted_are(number: float, noun: str) -> str:
    """`1 row is`, `1,234 rows are`."""
    return f"{counted(number, noun)} {'is' if number == 1 else 'are'}"


def compact(number: float) -> str:
    """`940`, `12k`, `22.7M`: for axes and parameters."""
    size_of = abs(number)
    for border, letter in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if size_of >= border:
            scaled = number / (1e3 if letter == "k" else border)
            return f"{scaled:.1f}".removesuffix(".0") + letter
    return f"{number:,.0f}"


def amount(number: float, digits: int = 4) -> str:
    """A plain number with `digits` significant digits: `12.35`, `0.01234`, `3.1e-7`."""
    if not math.isfinite(number):
        return NOTHING
    if number == 0:
        return "0"
    power = math.floor(math.log10(abs(number)))
    if power < -4:
        return tiny(number)
    return _minus(f"{number:,.{max(0, digits - 1 - power)}f}")


def tiny(number: float) -> str:
    """A difference, a tolerance, a learning rate: `0`, `3.1e-7`, `2e-4`."""
    if not math.isfinite(number):
        return NOTHING
    if number == 0:
        return "0"
    mantissa, _, exponent = f"{number:.1e}".partition("e")
    return f"{_minus(mantissa.removesuffix('.0'))}e{int(exponent)}"


def share(number: float, digits: int = 1) -> str:
    """`0.9123` as `91.2%`; what is small but not zero does not become `0.0%`."""
    if not math.isfinite(number):
        return NOTHING
    if 0 < abs(number) < 0.5 * 10.0 ** -(digits + 2):
        return f"<{10.0**-digits:g}%"
    return _minus(f"{100 * number:.{digits}f}%")


def signed(text: str) -> str:
    """Put a plus before what has no minus: differences always show their sign."""
    return text if text.startswith(("−", "+")) or text in ("0", NOTHING) else f"+{text}"


def seconds(number: float) -> str:
    """A short time: `0.42 ms`, `12.3 ms`, `1.52 s`."""
    if not math.isfinite(number):
        return NOTHING
    if number < 1:
        return f"{1e3 * number:.2f} ms" if number < 0.01 else f"{1e3 * number:.1f} ms"
    return f"{number:.2f} s" if number < 10 else f"{number:.1f} s"


def duration(number: float) -> str:
    """A long time: `8.4 s`, `4 min 12 s`, `3 h 05 min`."""
    if not math.isfinite(number):
        return NOTHING
    if number < 60:
        return f"{number:.1f} s"
    whole = round(number)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(number: float) -> str:
    """Bytes in decimal units: `512 B`, `90.9 MB`, `1.34 GB`."""
    if not math.isfinite(number):
        return NOTHING
    for border, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(number) >= border:
            return f"{amount(number / border, 3)} {unit}"
    return f"{number:.0f} B"


def metric_title(name: str) -> str:
    """`f1_macro` as a reader would say it."""
    return _METRICS.get(name, name.replace("_", " "))


def model_title(name: str) -> str:
    """`tfidf` as a reader would say it."""
    return _MODELS.get(name, name.replace("_", " "))


def in_sentence(title: str) -> str:
    """A title inside a sentence: `frozen model`, but `TF-IDF`."""
    return title if not title[1:2].islower() else title[:1].lower() + title[1:]


def is_percent(name: str, unit: str) -> bool:
    """Whether a metric is written in percent, and its differences in points."""
    return unit == "share" and name not in _NOT_PERCENT


def metric_value(name: str, value: float, unit: str, with_unit: bool = True) -> str:
    """`91.2%` or `0.6123 stars`."""
    if is_percent(name, unit):
        return share(value)
    text = f"{value:.3f}" if unit in _FIXED and math.isfinite(value) else amount(value, 3)
    return _with_unit(_minus(text), unit if with_unit else "")


def metric_interval(name: str, low: float, high: float, unit: str) -> str:
    """`90.1 to 92.3%`; empty where there is no interval."""
    if not low < high or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    lower = metric_value(name, low, unit, with_unit=False)
    return f"{lower.removesuffix('%')} to {metric_value(name, high, unit, with_unit=False)}"


def metric_difference(name: str, value: float, unit: str, with_unit: bool = True) -> str:
    """`7.1 points` or `0.34 stars`, with a minus where negative."""
    if not math.isfinite(value):
        return NOTHING
    if is_percent(name, unit):
        text = _minus(f"{100 * value:.1f}".replace("-0.0", "0.0"))
        return f"{text} points" if with_unit else text
    text = f"{value:.3f}" if unit in _FIXED else amount(value, 3)
    return _with_unit(_minus(text), unit if with_unit else "")


def metric_axis(name: str, unit: str) -> str:
    """A metric's title with its unit, for an axis."""
    if unit == "target":
        return f"{metric_title(name)} (in the target's unit)"
    return metric_title(name) if unit in _BARE else f"{metric_title(name)} ({unit})"


def _with_unit(text: str, unit: str) -> str:
    return text if unit in _BARE or text == NOTHING else f"{text} {unit}"


def _minus(text: str) -> str:
    """A true minus sign before the number, the exponent's stays as programs write it."""
    return f"−{text[1:]}" if text.startswith("-") else text
