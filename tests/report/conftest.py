"""Makes the folders of runs that never took place: every figure in them is drawn from a seed, by this file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tunewright.records import (
    Audit,
    ClassCount,
    ClassQuality,
    Comparison,
    Confusion,
    Finding,
    Forecast,
    Latency,
    LatencyPoint,
    Lengths,
    Machine,
    Memory,
    Metric,
    Mistake,
    Place,
    Provenance,
    Quality,
    RunFolder,
    SourceFile,
    SplitSize,
    TrainingSummary,
    Verification,
    VerificationCheck,
    write_record,
)

DEPARTMENTS = ("billing", "delivery", "returns", "account", "privacy", "technical", "praise", "other")
MACHINE = Machine(
    platform="Linux-6.1",
    python="3.11.9",
    cpu="A made-up CPU @ 3.0 GHz",
    cores=8,
    threads=4,
    memory_bytes=32_000_000_000,
    instruction_sets=("avx2", "avx512_bf16"),
)


class Factory:
    """Writes one run; keyword arguments of `run` change what is in it."""

    machine = MACHINE

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, name: str = "reviews", **options) -> RunFolder:
        folder = RunFolder(self.root / name)
        folder.path.mkdir(parents=True, exist_ok=True)
        task = options.pop("task", "classify")
        folder.recipe.write_text(
            options.get(
                "recipe", recipe(task, options.get("column", "review"), options.get("model", "sample://minilm"))
            ),
            encoding="utf-8",
        )
        labels = () if task == "regress" else tuple(options.get("labels", DEPARTMENTS))
        options.pop("labels", None)
        write_record(folder.audit, audit(task, labels, **options))
        write_record(
            folder.provenance,
            provenance(
                options.get("training", True), options.get("model", "sample://minilm"), options.get("best", 400)
            ),
        )
        steps = options.get("steps", 600)
        write_journal(folder.journal, steps, task, rise=options.get("rise", 0.0))
        write_record(folder.evaluation("quality"), quality(task, labels, **options))
        write_record(folder.evaluation("latency"), LATENCY)
        write_record(folder.evaluation("memory"), MEMORY)
        write_record(folder.verification, verification(options.get("passed", True)))
        return folder


def recipe(task: str, column: str, model: str) -> str:
    return (
        f"model: {json.dumps(model)}\ndata:\n  train: reviews.csv\n  inputs:\n    kind: text\n"
        f"    text: {json.dumps(column)}\n  target: department\n"
        f"task:\n  kind: {task}\nmethod:\n  kind: lora\n  rank: 16\ntraining:\n  epochs: 3.0\n  learning_rate: 2e-4\n"
    )


def audit(task: str, labels: tuple[str, ...], **options) -> Audit:
    draw = np.random.default_rng(7)
    sizes = np.sort(draw.pareto(1.2, len(labels)) * 150 + 25)[::-1].astype(int)
    edges = tuple(float(e) for e in np.linspace(0, 320, 21))
    counts = tuple(int(c) for c in 900 * np.exp(-(((np.arange(20) - 4) / 4.0) ** 2)))
    path = options.get("path", "data/reviews.csv")
    text = options.get("text", "")
    return Audit(
        files=(
            SourceFile(
                path=path, sha256="3f" * 32, bytes=1_843_200, format="csv", encoding=options.get("encoding", "utf-8"),
                encoding_detected=True, delimiter=";", rows=7700, columns=("review", "department"), role="train",
            ),
        ),
        task=task,
        inputs=options.get("inputs") or {"text": options.get("column", "review")},
        target=options.get("target", "department"),
        splits=(
            SplitSize(name="train", rows=5390, origin="file"),
            SplitSize(name="validation", rows=770, origin=f"10% of {path}"),
            SplitSize(name="test", rows=1540, origin=f"20% of {path}"),
        ),
        classes=tuple(
            ClassCount(label=label, train=int(n), validation=int(n) // 7, test=int(n) // 4)
            for label, n in zip(labels, sizes, strict=True)
        ),
        target_histogram=(
            tuple((float(i) / 2, float(i + 1) / 2, int(900 * np.exp(-(((i - 5) / 2.5) ** 2)))) for i in range(10))
            if task == "regress"
            else ()
        ),
        findings=(
            Finding(
                code="long", severity="info", title=f"96 rows are longer than 256 tokens {text}", count=96,
                places=tuple(Place(file=path, line=20 + i) for i in range(20)),
            ),
            Finding(
                code="conflict", severity="warning", title=f"12 rows repeat a text with another label {text}", count=12,
                places=(Place(file=path, line=812, note=f"same as {path}:40 {text}"), Place(file=path, line=977)),
                harm=f"The model is taught two answers to one question. {text}",
                advice=f"Look at these rows and keep one label for each text. {text}",
            ),
            *options.get("findings", ()),
        ),
        lengths=Lengths(
            limit=256, rows=7700, minimum=3, median=61.0, p95=168.0, maximum=318, over_limit=96, tokens=540_000,
            tokens_lost=2160, unknown_tokens=310, edges=edges, counts=counts,
        ),
        forecast=Forecast(
            steps=600, memory_bytes=1_400_000_000, seconds=252.0, parameters=22_713_608, trainable=1_190_000,
            basis="Measured on 4 steps.",
        ),
    )  # fmt: skip


def provenance(training: bool, model: str, best: int = 400) -> Provenance:
    summary = TrainingSummary(
        steps=600, epochs=3.0, best_step=best, selected_by="accuracy", best_value=0.91, seconds=231.4,
        wall_seconds=262.9,
        rows_per_second=83.1, tokens_per_second=5210.0, padding_share=0.014, parameters=22_713_608, trainable=1_190_000,
        learning_rate=2e-4, token_budget=2048, peak_bytes=1_312_000_000, resumed=0, stopped_early=False,
    )  # fmt: skip
    return Provenance(
        tunewright="0.1.0",
        packages={"torch": "2.13.0", "transformers": "5.23.0", "peft": "0.21.2", "numpy": "2.4.6"},
        machine=MACHINE,
        command=("tunewright", "train", "reviews.yaml", "training.epochs=3"),
        started="2026-11-03T09:12:44Z",
        finished="2026-11-03T09:17:31Z" if training else None,
        seed=0,
        precision="bf16",
        precision_reason="bf16 is 4.6 times as fast as fp32 here",
        data_sha256={"data/reviews.csv": "3f" * 32},
        model_source=model,
        model_fingerprint="a1" * 32,
        model_licence="apache-2.0",
        training=summary if training else None,
        notes=("The token budget was halved once, at step 12.",),
    )


def write_journal(path: Path, steps: int, task: str, rise: float) -> None:
    """A loss that falls with noise; `rise` makes validation turn upwards as overfitting does."""
    draw = np.random.default_rng(3)
    fall = 2.1 * np.exp(-np.arange(steps) / (steps / 5 or 1)) + 0.22
    losses = fall * draw.lognormal(0, 0.22, steps)
    name = "rmse" if task == "regress" else "accuracy"
    lines = [json.dumps({"event": "start"})]
    for step in range(1, steps + 1):
        rate = 2e-4 * min(step / (0.06 * steps), (steps - step) / (0.94 * steps))
        lines.append(
            f'{{"event":"step","step":{step},"epoch":{3 * step / steps:.4f},"loss":{losses[step - 1]:.5f},'
            f'"learning_rate":{rate:.3e},"grad_norm":{0.4 + losses[step - 1]:.4f},"rows":32,"tokens":2010}}'
        )
        if step % max(1, steps // 9) == 0:
            part = step / steps
            metrics = {
                "loss": float(fall[step - 1]) + 0.1 + rise * part**2,
                name: 0.93 - 0.6 * float(np.exp(-6 * part)),
            }
            best = bool(part <= 0.7)
            lines.append(json.dumps({"event": "validation", "step": step, "metrics": metrics, "best": best}))
            lines.append(json.dumps({"event": "checkpoint", "step": step}))
    lines.append(json.dumps({"event": "end"}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def quality(task: str, labels: tuple[str, ...], **options) -> Quality:
    split, n = options.get("split", "test"), options.get("n", 1540)
    text = options.get("text", "the parcel came two weeks late and nobody answers")
    gain = options.get("gain", (0.071, 0.05, 0.092))
    if task == "regress":
        return _regression(split, n, text)
    counts = _counts(len(labels), n)
    right = np.trace(counts) / counts.sum()
    values = {"tuned": right, "probe": right - gain[0], "tfidf": right - gain[0] - 0.021, "majority": 0.19}
    metrics = []
    primary = "f1_macro" if task == "multilabel" else "accuracy"
    for metric, shift in ((primary, 0.0), ("f1_weighted", -0.012), ("mcc", -0.03), ("roc_auc", 0.04)):
        for model, value in values.items():
            v = float(min(0.999, max(0.02, value + shift)))
            metrics.append(_metric(metric, v, 0.5 / n**0.5, n, split, model))
    metrics += [_metric("ece", 0.031, 0.008, n, split, "tuned", False)]
    metrics += [_metric("log_loss", 0.31, 0.03, n, split, "tuned", False, "nats")]
    lower = {"probe": gain, "tfidf": tuple(g + 0.021 for g in gain), "majority": (0.6, 0.57, 0.63)}
    rows = int(counts.sum(axis=1).max())
    return Quality(
        primary=primary,
        metrics=tuple(metrics),
        comparisons=tuple(
            Comparison(baseline=name, metric=primary, difference=d, low=low, high=high)
            for name, (d, low, high) in lower.items()
        ),
        classes=tuple(_class(label, counts, i) for i, label in enumerate(labels)),
        confusion=None
        if task == "multilabel"
        else Confusion(labels=labels, counts=tuple(tuple(int(c) for c in row) for row in counts)),
        mistakes=tuple(
            Mistake(
                file=options.get("path", "data/reviews.csv"), line=41 + 7 * i, text=f"{text} ({i})",
                truth=labels[i % len(labels)],
                predicted=labels[(i * 3 + 1) % len(labels)], score=0.99 - i / 200,
            )
            for i in range(50)
        ),
        notes=(f"The largest class has {rows} rows.",),
    )  # fmt: skip


def _counts(k: int, n: int) -> np.ndarray:
    draw = np.random.default_rng(11)
    sizes = np.maximum(2, draw.dirichlet(np.full(k, 3.0)) * n).astype(int)
    table = np.zeros((k, k), dtype=int)
    for row, size in enumerate(sizes):
        chances = draw.dirichlet(np.full(k, 0.25)) * 0.12
        chances[row] += 0.88
        table[row] = draw.multinomial(size, chances / chances.sum())
    return table


def _class(label: str, counts: np.ndarray, i: int) -> ClassQuality:
    right, support, taken = counts[i, i], counts[i].sum(), counts[:, i].sum()
    precision, recall = right / max(1, taken), right / max(1, support)
    f1 = 2 * right / max(1, support + taken)
    wide = 0.6 / max(1, support) ** 0.5
    return ClassQuality(
        label=label, precision=float(precision), recall=float(recall), f1=float(f1), low=float(max(0, f1 - wide)),
        high=float(min(1, f1 + wide)), support=int(support),
    )  # fmt: skip


def _metric(name, value, half, n, split, model, higher=True, unit="share") -> Metric:
    unit = "correlation" if name == "mcc" else unit
    return Metric(
        name=name, value=value, low=value - half, high=value + half if unit == "target" else min(1.0, value + half),
        n=n, split=split, model=model, higher_is_better=higher, unit=unit,
    )  # fmt: skip


def _regression(split: str, n: int, text: str) -> Quality:
    draw = np.random.default_rng(5)
    truth = draw.normal(3.2, 0.9, 400)
    metrics = [
        _metric("rmse", v, 0.02, n, split, m, False, "target")
        for m, v in (("tuned", 0.61), ("tfidf", 0.83), ("majority", 1.02))
    ]
    metrics += [
        _metric("r2", 0.62, 0.03, n, split, "tuned"),
        _metric("spearman", 0.78, 0.02, n, split, "tuned", unit="correlation"),
    ]
    return Quality(
        primary="rmse",
        metrics=tuple(metrics),
        comparisons=(
            Comparison(baseline="tfidf", metric="rmse", difference=0.22, low=0.19, high=0.25),
            Comparison(baseline="majority", metric="rmse", difference=0.41, low=0.38, high=0.44),
        ),
        mistakes=tuple(
            Mistake(file="data/reviews.csv", line=9 + i, text=text, truth="1", predicted="4.12", score=3.12)
            for i in range(12)
        ),
        scatter=tuple(
            (float(t), float(t * 0.8 + 0.6 + e)) for t, e in zip(truth, draw.normal(0, 0.5, 400), strict=True)
        ),
    )


def verification(passed: bool) -> Verification:
    return Verification(
        checks=(
            VerificationCheck(
                name="merge", what="The merged model against the model with its adapter.", rows=64,
                max_difference=3.1e-7, tolerance=1e-4, agreement=1.0, passed=True,
            ),
            VerificationCheck(
                name="save_load", what="The written model, opened again, against the one in memory.", rows=64,
                max_difference=0.0 if passed else 0.42, tolerance=1e-6, agreement=1.0, passed=passed,
            ),
        )
    )  # fmt: skip


LATENCY = Latency(
    points=tuple(
        LatencyPoint(batch_size=b, p50=t, p95=t * 1.2, p99=t * 1.7, rows_per_second=b / t, calls=200)
        for b, t in ((1, 0.0061), (8, 0.024), (32, 0.081))
    ),
    best_rows_per_second=395.0,
    precision="bf16",
    machine=MACHINE,
)
MEMORY = Memory(
    disk_bytes=91_400_000,
    adapter_bytes=4_780_000,
    parameters=22_713_608,
    weights_bytes=90_854_432,
    training_peak_bytes=1_312_000_000,
    inference_peak_bytes=142_000_000,
    machine=MACHINE,
)

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>*{display:none}</style>",
    "' onmouseover='alert(1)",
    "</title></svg><iframe src=//evil.example>",
    "\x1b[31mred\x07\x00",
    "\u202egnp.exe",
    "[click](javascript:alert(1)) | `x` **b** <b>",
    "[bold red]markup[/bold red]",
    "客户服务 / 退款",
    "Giao hàng chậm trễ",
    "a label that is very long " * 12,
)


@pytest.fixture
def factory(tmp_path: Path) -> Factory:
    """Makes runs below the test's own folder."""
    return Factory(tmp_path)


@pytest.fixture
def hostile() -> tuple[str, ...]:
    """Labels that try to break out of a page, a card or a terminal."""
    return HOSTILE
