"""The YAML head of a model card, as the hub reads it."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from tunewright.records import Metric
from tunewright.report.evidence import Evidence
from tunewright.report.figures import metric_title
from tunewright.report.plain import cut, visible

__all__ = ["front_matter", "hub_id"]

_SAMPLES = {"sample://minilm": "sentence-transformers/all-MiniLM-L6-v2"}
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_PIPELINES = {
    "classify": "text-classification", "multilabel": "text-classification", "regress": "text-classification",
    "tag": "token-classification", "similarity": "sentence-similarity", "embed": "sentence-similarity",
    "masked": "fill-mask", "language_model": "text-generation", "instruct": "text-generation",
    "translate": "translation", "summarise": "summarization",
    "prefer": "text-generation",
    "answer": "question-answering",
}  # fmt: skip
_HUB_METRICS = {
    "accuracy": "accuracy", "f1": "f1", "precision": "precision", "recall": "recall", "mcc": "matthews_correlation",
    "roc": "roc_auc", "mae": "mae", "mse": "mse", "rmse": "rmse", "r2": "r_squared", "pearson": "pearsonr",
    "spearman": "spearmanr", "chrf": "chrf", "bleu": "bleu", "ter": "ter", "rougel": "rouge", "rouge1": "rouge",
    "rouge2": "rouge", "em": "exact_match",
}  # fmt: skip
"""First word of our metric's name to the hub's id."""
_LICENCES = frozenset({
    "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m", "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m", "afl-3.0", "artistic-2.0", "bsl-1.0", "bsd", "bsd-2-clause", "bsd-3-clause",
    "bsd-3-clause-clear", "c-uda", "cc", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0",
    "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0",
    "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0",
    "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0",
    "etalab-2.0", "eupl-1.1", "eupl-1.2", "agpl-3.0", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "lgpl", "lgpl-2.1",
    "lgpl-3.0", "isc", "lppl-1.3c", "ms-pl", "mpl-2.0", "odc-by", "odbl", "openrail++", "osl-3.0", "postgresql",
    "ofl-1.1", "ncsa", "unlicense", "zlib", "pddl", "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "gemma",
    "unknown", "other",
})  # fmt: skip
"""Identifiers that the hub knows; any other licence must be called `other` and named."""


def _pipeline(evidence: Evidence) -> str:
    """Which pipeline of transformers takes the model; empty where none does: one for pictures alone would open a model
    of two towers, and give it a new head."""
    if evidence.noun == "picture with its text":
        return ""
    senses = {"picture": "image-classification", "sound": "audio-classification"}
    return senses.get(evidence.noun) or _PIPELINES.get(evidence.task, "text-classification")


def front_matter(evidence: Evidence, languages: Sequence[str] = ()) -> str:
    """The block between the two lines of hyphens, these included. Text of users is quoted, whatever it holds."""
    values: dict[str, Any] = {}
    if languages:
        values["language"] = [_quoted(language) for language in languages]
    values |= _licence(evidence)
    values["library_name"] = "transformers"
    if pipeline := _pipeline(evidence):
        values["pipeline_tag"] = pipeline
    values["tags"] = [_quoted(word) for word in dict.fromkeys(("tunewright", evidence.task, evidence.method)) if word]
    base = hub_id(evidence)
    if base:
        values |= {"base_model": _quoted(base), "base_model_relation": "finetune"}
    index = _model_index(evidence)
    if index:
        types = [m["type"] for m in index[0]["results"][0]["metrics"]]
        values["metrics"] = list(dict.fromkeys(name for name in types if name in _HUB_METRICS.values()))
        values["model-index"] = index
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(values, stream)
    return f"---\n{stream.getvalue()}---\n"


def hub_id(evidence: Evidence) -> str:
    """The pretrained model's id on the hub; empty for a local folder, whose path the hub would refuse."""
    source = evidence.source
    if source in _SAMPLES:
        return _SAMPLES[source]
    looks_local = (
        source.startswith((".", "/", "~")) or "\\" in source or (evidence.folder.path.parent / source).exists()
    )
    return source if _HUB_ID.fullmatch(source) and not looks_local else ""


def _licence(evidence: Evidence) -> dict[str, Any]:
    """The pretrained model's licence: a fine-tuned model inherits its duties. `unknown` where nobody wrote it down."""
    stated = (evidence.provenance.model_licence if evidence.provenance else None) or "unknown"
    folded = stated.strip().lower()
    if folded in _LICENCES:
        return {"license": _quoted(folded)}
    slug = re.sub(r"[^a-z0-9.]+", "-", folded).strip("-.")[:60] or "unnamed"
    return {"license": "other", "license_name": _quoted(slug)}


def _model_index(evidence: Evidence) -> list[dict[str, Any]]:
    """Measured values of the tuned model; none where nothing finite was measured, because the hub wants results."""
    quality, split = evidence.quality, evidence.split
    if quality is None:
        return []
    metrics = [m for m in quality.metrics if m.model == "tuned" and m.split == split and math.isfinite(m.value)]
    metrics.sort(key=lambda m: m.name != quality.primary)
    if not metrics:
        return []
    task = {"type": _pipeline(evidence) or "other", "name": _quoted(evidence.task or "unknown")}
    data = str(evidence.page.get("data", {}).get("train", "") if isinstance(evidence.page.get("data"), dict) else "")
    hub = data.removeprefix("hub://") if data.startswith("hub://") else "private"
    name = data.removeprefix("hub://").replace("\\", "/").rstrip("/").rpartition("/")[2] if data else "unnamed"
    dataset = {"type": _quoted(hub), "name": _quoted(name), "split": _quoted(split)}
    return [
        {
            "name": _quoted(evidence.name),
            "results": [{"task": task, "dataset": dataset, "metrics": [_metric(m) for m in metrics]}],
        }
    ]


def _metric(metric: Metric) -> dict[str, Any]:
    first = metric.name.partition("_")[0]
    return {
        "type": _HUB_METRICS.get(first, metric.name),
        "name": _quoted(metric_title(metric.name)),
        "value": round(metric.value, 6),
    }


def _quoted(text: str) -> DoubleQuotedScalarString:
    """Always in quotes: readers of YAML 1.1 would take a language `no` for false and a name `1e3` for a number."""
    quoted: DoubleQuotedScalarString = DoubleQuotedScalarString(cut(visible(text), 200))
    return quoted
