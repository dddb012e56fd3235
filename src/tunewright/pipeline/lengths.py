"""What the audit says about lengths: how many tokens rows have, and what the limit costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunewright.data.dataset import Dataset
from tunewright.data.findings import Severity, rows
from tunewright.evaluation import Split
from tunewright.pipeline.media_sizes import with_sizes
from tunewright.pipeline.negative_findings import negative_findings, partner_findings
from tunewright.recipe import Data
from tunewright.records import Audit, Finding, Lengths, Place
from tunewright.tasks import Task

__all__ = ["with_lengths"]

_BINS = 24
_REACH: dict[str, tuple[Severity, str, str, str]] = {
    "torn_words": (
        "warning",
        "{count} entities begin or end inside a word",
        "Words are tagged whole, so these are learned with their whole words and never counted as right.",
        "Check their places: offsets that count bytes, or that are one off, show like this.",
    ),
    "torn_answers": (
        "info",
        "{count} answers begin or end inside a token of this model",
        "They are learned as the tokens that they touch, a few letters longer, and so can miss an exact match.",
        "Where there are many, check their places, or choose a model that cuts this language into smaller tokens.",
    ),
    "unread_answers": (
        "warning",
        "{count} rows have no answer that the model reads in one piece",
        "It stands behind the cut, or is longer than what two windows share: nothing is learned from it, and such rows "
        "are measured as wrong.",
        "Type data.on_long=window, or a larger data.overlap or data.max_length.",
    ),
}
"""Code of what the model can never answer to severity, title, harm and advice."""


def with_lengths(dataset: Dataset, splits: list[Split], limit: int, data: Data, task: Task) -> Audit:
    """The audit with what the length limit costs, and what the model can never answer or learn."""
    if splits[0].encoded.media is not None and not len(splits[0].encoded.ids):
        return with_sizes(dataset, splits, data.on_long)
    audit = dataset.audit if splits[0].encoded.media is None else with_sizes(dataset, splits, data.on_long)
    full = np.concatenate([_tokens(split) for split in splits])
    over = sum(int(_over(split, limit).sum()) for split in splits)
    counts, edges = np.histogram(full, bins=_whole_edges(int(full.min()), int(full.max())))
    lengths = Lengths(
        limit=limit,
        rows=len(full),
        minimum=int(full.min()),
        median=float(np.median(full)),
        p95=float(np.percentile(full, 95)),
        maximum=int(full.max()),
        over_limit=over,
        tokens=int(full.sum()),
        tokens_lost=sum(split.encoded.tokens_lost for split in splits),
        unknown_tokens=sum(split.encoded.unknown for split in splits),
        edges=tuple(float(edge) for edge in edges),
        counts=tuple(int(count) for count in counts),
    )
    found = [*audit.findings, *_long_rows(splits, lengths, data.on_long), *_unknown_tokens(lengths)]
    found.extend((*_out_of_reach(splits, task), *_long_targets(splits, data.on_long), *_joined_rows(dataset, splits)))
    found.extend((*_unlearnable(splits, data, task), *negative_findings(splits[0], data)))
    found.extend(partner_findings(splits[0], task))
    return audit.model_copy(update={"lengths": lengths, "findings": tuple(found)})


def _whole_edges(low: int, high: int) -> NDArray[np.int64]:
    """Borders of bins of as many whole numbers each; every number stands in the bin that begins with it or below."""
    width = -(-(high - low + 1) // _BINS)
    return np.arange(low, high + width + 1, width)


def _tokens(split: Split) -> NDArray[np.int64]:
    """Tokens of each row before anything was cut, without the patches of a picture that is read beside them."""
    media = split.encoded.media
    return split.encoded.full_lengths if media is None else split.encoded.full_lengths - media.lengths


def _over(split: Split, limit: int) -> NDArray[np.bool_]:
    """Rows that do not fit: those that were cut, or are read through windows. Two texts, or two answers, that are read
    apart have limits of their own, so what was kept of them tells, and not their sum."""
    encoded = split.encoded
    return encoded.full_lengths > (encoded.lengths if encoded.row_of is None else limit)


def _long_rows(splits: list[Split], lengths: Lengths, on_long: str) -> list[Finding]:
    if lengths.over_limit == 0:
        return []
    places = [
        split.table.place(int(row), f"{_tokens(split)[row]} tokens")
        for split in splits
        for row in np.flatnonzero(_over(split, lengths.limit))[:20]
    ]
    if on_long == "window":
        return [_windows(splits, lengths, places)]
    cuts = on_long == "cut"
    verb = "is" if lengths.over_limit == 1 else "are"
    share = f"{lengths.tokens_lost:,} of {lengths.tokens:,} tokens, {lengths.share_lost:.1%}"
    return [
        Finding(
            code="long",
            severity="warning" if cuts else "error",
            title=f"{rows(lengths.over_limit)} {verb} longer than {lengths.limit} tokens"
            + (f"; on_long: cut loses their ends ({share})" if cuts else ""),
            count=lengths.over_limit,
            places=tuple(places[:20]),
            harm="What stands at the end of these rows is never seen by the model.",
            advice="Raise data.max_length if the model has room, or shorten the texts."
            if cuts
            else "Cut them, reported, with data.on_long=cut, or raise data.max_length if the model has room.",
        )
    ]


def _windows(splits: list[Split], lengths: Lengths, places: list[Place]) -> Finding:
    samples = sum(len(split.encoded) for split in splits)
    return Finding(
        code="windows",
        severity="info",
        title=f"{lengths.over_limit:,} rows are longer than {lengths.limit} tokens and read through windows: "
        f"{lengths.rows:,} rows make {samples:,}",
        count=lengths.over_limit,
        places=tuple(places[:20]),
        harm="Nothing is lost; what a word means that stands more than a window away is not seen.",
        advice="data.overlap sets how many tokens two neighbouring windows share.",
    )


def _long_targets(splits: list[Split], on_long: str) -> list[Finding]:
    """Texts to be written that are longer than what is learned of them."""
    places, lost, tokens, over = [], 0, 0, 0
    for split in splits:
        targets = split.encoded.targets
        if targets is None:
            continue
        cut = np.flatnonzero(targets.full_lengths > targets.lengths)
        over, lost, tokens = over + len(cut), lost + targets.tokens_lost, tokens + int(targets.full_lengths.sum())
        places += [split.table.place(int(row), f"{targets.full_lengths[row]} tokens") for row in cut[:20]]
    if not over:
        return []
    return [
        Finding(
            code="long_target",
            severity="warning" if on_long == "cut" else "error",
            title=f"{over:,} target text{' is' if over == 1 else 's are'} longer than what is learned of them; their "
            f"ends are lost ({lost:,} of {tokens:,} tokens, {lost / tokens:.1%})",
            count=over,
            places=tuple(places[:20]),
            harm="The model learns to stop in the middle of a sentence.",
            advice="Raise task.max_target_length or data.max_length if the model has room, or leave these rows out.",
        )
    ]


def _unlearnable(splits: list[Split], data: Data, task: Task) -> list[Finding]:
    """Rows that hold something to learn as text, and nothing as tokens."""
    places = [split.table.place(row, why) for split in splits for row, why in task.faults(split.encoded).items()]
    if not places:
        return []
    skips = data.on_bad_row == "skip"
    return [
        Finding(
            code="nothing_learned",
            severity="warning" if skips else "error",
            title=f"{rows(len(places))} {'has' if len(places) == 1 else 'have'} nothing to learn, or nothing to read",
            count=len(places),
            places=tuple(places[:20]),
            harm="Such a row is computed and teaches nothing, or teaches the model to say the question.",
            advice="Nothing is learned from them, as data.on_bad_row=skip says."
            if skips
            else "Raise data.max_length, or learn nothing from them with data.on_bad_row=skip.",
        )
    ]


def _joined_rows(dataset: Dataset, splits: list[Split]) -> list[Finding]:
    """Rows of the files that were put together: figures count what they were put together to."""
    tables = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    before = sum(len(tables[split.name] or ()) for split in splits)
    after = sum(len(split) for split in splits)
    if before == after:
        return []
    return [
        Finding(
            code="joined",
            severity="info",
            title=f"{rows(before)} of text are joined into {rows(after, 'block')}",
            count=before,
            harm="A block holds the end of one text and the start of the next; figures and intervals count blocks.",
            advice="One row at a time: task.join=false.",
        )
    ]


def _out_of_reach(splits: list[Split], task: Task) -> list[Finding]:
    """What the model can never answer as the data has it."""
    places: dict[str, list[Place]] = {}
    for split in splits:
        for code, rows_ in task.out_of_reach(split.truth, split.encoded).items():
            places.setdefault(code, []).extend(split.table.place(row) for row in rows_)
    found = []
    for code, where in places.items():
        if where:
            severity, title, harm, advice = _REACH[code]
            said = title.format(count=f"{len(where):,}")
            about = {"count": len(where), "places": tuple(where[:20]), "harm": harm, "advice": advice}
            found.append(Finding.model_validate({"code": code, "severity": severity, "title": said, **about}))
    return found


def _unknown_tokens(lengths: Lengths) -> list[Finding]:
    share = lengths.unknown_tokens / max(1, lengths.tokens)
    if share < 0.02:
        return []
    return [
        Finding(
            code="unknown_tokens",
            severity="warning",
            title=f"{share:.0%} of all tokens are unknown to this model's tokenizer",
            count=lengths.unknown_tokens,
            harm="The model cannot tell these pieces of text apart; another language or script is the usual cause.",
            advice="Choose a model made for this language, for example a multilingual one (xlm-roberta-base).",
        )
    ]
