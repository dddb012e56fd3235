"""A run in a dozen lines."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from tunewright.errors import UserError
from tunewright.records import RunFolder, write_record
from tunewright.report import plain_text, summary, write_report
from tunewright.report.evidence import gather


def test_the_whole_story(factory):
    """Verdict, metrics beside baselines, cost, verification, and where to read on."""
    folder = factory.run()
    write_report(folder)
    text = plain_text(summary(folder))
    lines = text.splitlines()
    assert lines[0] == "reviews  classify, lora, sample://minilm"
    assert lines[1] == "Better than the best baseline."
    assert "Accuracy                 91.4%   90.1 to 92.7%   84.3%   82.2%     19.0%" in lines
    assert "Log loss                 0.310  0.280 to 0.340" in lines
    assert "Latency 6.10 ms p50, 10.4 ms p99 (batch 1, bf16); up to 395 rows/s." in lines
    assert "91.4 MB on disk, 233 MB of memory to run, beside the process itself." in lines
    assert "Trained 600 steps in 4 min 23 s (83.1 rows/s), peak memory 1.31 GB; best at step 400." in lines
    assert "Verified: merging the adapter, saving and loading; largest difference 3.1e-7." in lines
    assert lines[-1] == f"Report: {folder.report}"


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("task", ["classify", "multilabel", "regress"])
def test_no_line_is_wider_than_the_terminal(factory, hostile, width, task):
    """A wrapped table is unreadable."""
    folder = factory.run(name="run " + hostile[9].replace("/", ""), task=task, passed=False, gain=(0.02, -0.01, 0.05))
    write_report(folder)
    stream = io.StringIO()
    Console(file=stream, width=width).print(summary(folder))
    assert max(cell_len(line) for line in stream.getvalue().splitlines()) <= width


def test_what_six_lines_hold(factory):
    """Of nine metrics the six most telling are shown: calibration and loss must not be crowded out by averages."""
    folder = factory.run()
    quality = gather(folder).quality
    more = [
        quality.metrics[0].model_copy(update={"name": name}) for name in ("precision_macro", "recall_macro", "f1_macro")
    ]
    write_record(folder.evaluation("quality"), quality.model_copy(update={"metrics": (*more, *quality.metrics)}))
    text = plain_text(summary(folder))
    assert all(name in text for name in ("F1, macro", "Calibration error", "Log loss"))
    assert not any(name in text for name in ("Precision", "Recall", "F1, weighted"))
    assert text.index("Accuracy  ") < text.index("F1, macro")


def test_a_failed_verification_cannot_be_missed(factory):
    """The one line that must stop a person from shipping."""
    text = plain_text(summary(factory.run(passed=False)))
    assert "Verification FAILED (saving and loading): the written model differs" in text
    assert "Verified" not in text


def test_a_run_with_nothing(factory):
    """Only what is known is said, and what could not be read."""
    folder = RunFolder(factory.root / "new")
    folder.path.mkdir()
    folder.recipe.write_text("model: m\n", encoding="utf-8")
    folder.audit.write_text("{", encoding="utf-8")
    text = plain_text(summary(folder))
    assert "Training has not finished." in text
    assert "audit.json is damaged" in text
    assert "Report:" not in text
    with pytest.raises(UserError):
        summary(RunFolder(factory.root / "nothing"))


def test_hostile_names(factory, hostile):
    """A run's name and its model's are users' text too."""
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system="truecolor")
    console.print(summary(factory.run(name="[red]x", model=hostile[5])))
    assert "[red]x" in stream.getvalue()
    assert "\x1b[31mred" not in stream.getvalue()
