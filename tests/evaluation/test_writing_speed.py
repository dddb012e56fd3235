"""How quickly answers are written."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from trial import trial

from tunewright.data.table import Table
from tunewright.evaluation import Split, Subject
from tunewright.evaluation.latency import Latency
from tunewright.evaluation.writing_speed import TimedAnswer, speed_of, writes_answers, written_answer
from tunewright.records import RunFolder, SourceFile


@pytest.fixture
def speaker(tmp_path):
    """A model that answers, with the rows of a trial."""
    bench = trial("llama", "full", "instruct")
    rows = len(bench.encoded)
    file = SourceFile(
        path="a.jsonl", sha256="0" * 64, bytes=1, format="jsonl", encoding="utf-8", encoding_detected=True,
        delimiter="", rows=rows, columns=("t", "r"), role="train",
    )  # fmt: skip
    table = Table(
        {name: bench.columns[name] for name in ("t", "r")}, (file,), np.zeros(rows, np.int32), np.arange(1, rows + 1)
    )
    split = Split("test", table, bench.encoded, bench.truth)
    return Subject(
        model=bench.plain.eval(), pretrained=lambda: bench.plain, tokenizer=bench.tokenizer, task=bench.task,
        inputs=bench.inputs, space=bench.space, train=split, validation=None, test=split, device=torch.device("cpu"),
        precision="bf16", token_budget=512, max_length=64, folder=RunFolder(tmp_path), seed=0,
        training_peak_bytes=None, report_progress=lambda sentence: None,
    )  # fmt: skip


def test_every_token_is_timed(speaker):
    """Danger: the first token, which waits for the whole question, is counted among those that follow."""
    answer = written_answer(speaker, 0, 6)
    assert answer.behind[0] == 5 and len(answer.times) == 7
    assert answer.until_first > 0 and answer.behind[1] > 0
    prompts = speaker.task.prompts(speaker.inputs, {"t": [speaker.test.table.columns["t"][0]]}, speaker.tokenizer)
    assert answer.prompt == len(prompts[0])


def test_figures_are_of_all_answers():
    """Danger: a mean of rates, in which one short answer weighs as much as a long one."""
    answers = [TimedAnswer(), TimedAnswer()]
    for answer, times in zip(answers, ([0.0, 1.0, 2.0], [0.0, 3.0, 4.0, 5.0, 6.0]), strict=True):
        answer.begun, answer.times, answer.prompt = 0.0, times, 10
    found = speed_of(answers)
    assert found.first_token_p50 == 2.0 and found.tokens_per_second == pytest.approx(4 / 4)
    assert (found.new_tokens, found.prompt_tokens, found.answers) == (4, 10, 2)
    answers[1].times = [0.0, 3.0]
    assert speed_of(answers[1:]).tokens_per_second is None


def test_the_probe_times_writing_where_answers_are_written(speaker, subject):
    """Danger: a reader of the report waits for an answer and is told how long a score takes."""
    assert writes_answers(speaker) and not writes_answers(subject)
    found = Latency(new_tokens=4, calls=3, seconds=5).measure(speaker)
    assert found.points == () and found.precision == "fp32"
    assert found.writing.answers == 3 and found.writing.new_tokens == 4
    assert found.writing.first_token_p50 > 0 and found.writing.tokens_per_second > 0
    assert Latency(batch_sizes=(1,), calls=2).measure(subject).writing is None
