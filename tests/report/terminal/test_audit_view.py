"""What `tunewright check` prints."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from tunewright.records import Finding, SourceFile
from tunewright.report import audit_view, plain_text
from tunewright.report.evidence import gather

LONG = "/srv/" + "a_very_long_folder/" * 12 + "reviews.csv"


def on_terminal(view, width: int) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=True, color_system="truecolor").print(view)
    return stream.getvalue().splitlines()


def without_codes(lines: list[str]) -> list[str]:
    return [line.replace("\x1b[0m", "") for line in lines]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("task", ["classify", "regress"])
def test_no_line_is_wider_than_the_terminal(factory, hostile, width, task):
    """A wrapped table is unreadable; Chinese letters count twice."""
    audit = gather(factory.run(task=task, labels=hostile, path=LONG, n=80)).audit
    stream = io.StringIO()
    Console(file=stream, width=width).print(audit_view(audit))
    assert max(cell_len(line) for line in stream.getvalue().splitlines()) <= width


def test_long_paths_are_folded_never_cut(factory):
    """A path with an ellipsis in it cannot be opened."""
    audit = gather(factory.run(path=LONG)).audit
    stream = io.StringIO()
    Console(file=stream, width=80).print(audit_view(audit))
    text = stream.getvalue()
    findings = text[text.index("Findings") :]
    assert LONG + ":812" in "".join(line.strip() for line in findings.splitlines())
    assert LONG in plain_text(audit_view(audit))


def test_users_text_is_never_read_as_codes_or_markup(factory, hostile):
    """A label could clear the screen or colour a line red as if it were an error."""
    audit = gather(factory.run(labels=hostile, text=hostile[5] + hostile[8], n=80)).audit
    lines = on_terminal(audit_view(audit), 120)
    text = "\n".join(lines)
    assert "\x1b[31mred" not in text
    assert "␛[31mred␇␀" in text
    assert "[bold red]markup[/bold red]" in text
    assert "\x07" not in text


def test_findings_with_their_way_out(factory):
    """Errors first, each with places and advice; the sum at the end, where the eye rests."""
    error = Finding(code="ragged", severity="error", title="3 rows have too few cells", count=3)
    text = plain_text(audit_view(gather(factory.run(findings=(error,))).audit))
    assert text.index("Error: 3 rows") < text.index("Warning: 12 rows") < text.index("Note: 96 rows")
    assert "    data/reviews.csv:812" in text
    assert "    … and 10 more" in text
    assert "    … and 94 more" in text
    assert "    Do: Look at these rows" in text
    assert text.endswith("\n1 error, 1 warning, 1 note.\n")


def test_nothing_wrong_is_said(factory):
    """And what was not measured leaves no heading."""
    audit = gather(factory.run()).audit
    bare = audit.model_copy(update={"findings": (), "lengths": None, "forecast": None, "classes": ()})
    text = plain_text(audit_view(bare))
    assert "Nothing was found to be wrong" in text
    assert "Forecast" not in text
    assert "Input lengths" not in text


def test_lengths_and_forecast(factory):
    """What is cut away and whether it fits are the reasons to run a check at all."""
    audit = gather(factory.run()).audit
    text = plain_text(audit_view(audit))
    assert "96 of 7,700 rows are longer: 2,160 tokens (0.4%) are cut away." in text
    assert "600 steps, about 4 min 12 s, about 1.40 GB of memory" in text
    assert "160 to 191" in text
    counted = sum(
        int(line.split()[3].replace(",", ""))
        for line in text.splitlines()
        if line.strip()[:1].isdigit() and " to " in line[:14]
    )
    assert counted == sum(audit.lengths.counts)
    unknown = audit.model_copy(
        update={
            "forecast": audit.forecast.model_copy(update={"seconds": None}),
            "lengths": audit.lengths.model_copy(update={"unknown_tokens": 0, "edges": ()}),
        }
    )
    assert "time not measured" in plain_text(audit_view(unknown))


def test_many_files_and_classes_are_cut_with_a_count(factory):
    """A folder of ten thousand files must not scroll the findings away."""
    audit = gather(factory.run(labels=[f"c{i}" for i in range(77)], n=3000)).audit
    file = audit.files[0].model_copy(update={"encoding_detected": False, "delimiter": ","})
    assert isinstance(file, SourceFile)
    text = plain_text(audit_view(audit.model_copy(update={"files": (file,) * 30})))
    assert "… and 10 more files" in text
    assert "utf-8 (as told)" in text
    assert "… 61 more …" in text
    assert "c76" in text
