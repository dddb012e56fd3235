"""What the audit says about pictures and sounds: how large or long they are, and what the limit costs."""

from __future__ import annotations

import numpy as np

from tunewright.data.dataset import Dataset
from tunewright.data.findings import rows
from tunewright.evaluation import Split
from tunewright.inputs.media import Media
from tunewright.inputs.sounds import SoundReader
from tunewright.records import Audit, Finding, Sizes

__all__ = ["with_sizes"]

_BINS = 24
_PLACES = 20


def with_sizes(dataset: Dataset, splits: list[Split], on_long: str) -> Audit:
    """The audit with the sizes of pictures, or the lengths of sounds and what is cut from them."""
    found = [split.encoded.media for split in splits if split.encoded.media is not None]
    reader = found[0].reader
    limit = reader.most / reader.rate if isinstance(reader, SoundReader) else None
    size = np.concatenate([media.sizes for media in found]).astype(np.float64)
    over = size > limit * (1 + 1e-6) if limit is not None else np.zeros(len(size), dtype=np.bool_)
    counts, edges = np.histogram(size, bins=min(_BINS, max(1, len(np.unique(size)))))
    sizes = Sizes(
        unit=reader.unit,
        limit=limit,
        rows=len(size),
        minimum=float(size.min()),
        median=float(np.median(size)),
        p95=float(np.percentile(size, 95)),
        maximum=float(size.max()),
        over_limit=int(over.sum()),
        total=float(size.sum()),
        lost=float((size[over] - limit).sum()) if limit is not None else 0.0,
        edges=tuple(float(edge) for edge in edges),
        counts=tuple(int(count) for count in counts),
    )
    findings = (*dataset.audit.findings, *_long_sounds(splits, found, sizes, on_long), *_short_sounds(splits))
    return dataset.audit.model_copy(update={"sizes": sizes, "findings": findings})


def _long_sounds(splits: list[Split], found: list[Media], sizes: Sizes, on_long: str) -> list[Finding]:
    if not sizes.over_limit or sizes.limit is None:
        return []
    places = [
        split.table.place(int(row), f"{media.sizes[row]:.1f} seconds")
        for split, media in zip(splits, found, strict=True)
        for row in np.flatnonzero(media.sizes > sizes.limit * (1 + 1e-6))[:_PLACES]
    ]
    cuts = on_long == "cut"
    verb = "is" if sizes.over_limit == 1 else "are"
    what = f"{rows(sizes.over_limit)} {verb} longer than {sizes.limit:g} seconds"
    loses = f"; validation and test hear their beginning ({sizes.lost:,.0f} of {sizes.total:,.0f} seconds are lost)"
    return [
        Finding(
            code="long",
            severity="warning" if cuts else "error",
            title=what + (loses if cuts else ""),
            count=sizes.over_limit,
            places=tuple(places[:_PLACES]),
            harm="What is said at the end of these sounds is never heard when they are answered.",
            advice="Raise data.inputs.max_seconds if the model has room, or cut the sounds into rows of their own."
            if cuts
            else "Cut them, reported, with data.on_long=cut, or raise data.inputs.max_seconds.",
        )
    ]


def _short_sounds(splits: list[Split]) -> list[Finding]:
    """Sounds of which a model makes no frame by themselves, in whatever split."""
    places, count, least = [], 0, 0.0
    for split in splits:
        media = split.encoded.media
        if media is None or not isinstance(media.reader, SoundReader):
            continue
        least = media.reader.least
        short = np.flatnonzero(media.sizes < least * (1 - 1e-6))
        count += len(short)
        places += [split.table.place(int(row), f"{media.sizes[row]:.3f} seconds") for row in short[:_PLACES]]
    if not count:
        return []
    return [
        Finding(
            code="short_sound",
            severity="warning",
            title=f"{rows(count)} {'is' if count == 1 else 'are'} shorter than the {least:.3g} seconds that this model "
            "needs to hear anything",
            count=count,
            places=tuple(places[:_PLACES]),
            harm="They are filled up with silence, which is learned and measured under their label: mostly a recording "
            "that was cut off, or a file that holds a click.",
            advice="Listen to these files; fetch them again, or leave the rows out.",
        )
    ]
