"""What is saved is what was trained: opened by plain transformers, in a process that never saw tunewright."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoTokenizer
from trial import COMBINATIONS, WRITING, Trial, trial

import tunewright.pipeline
from tunewright.models.head import HEADS
from tunewright.models.source import quiet_transformers
from tunewright.recipe import catalog
from tunewright.tasks import Space

HEADED = tuple(
    c for c in COMBINATIONS if c[2] not in WRITING and catalog.load("task", c[2])().auto_class != "AutoModel"
)
SCRIPTS = Path(tunewright.pipeline.__file__).parent
# Runs the script of each line of standard input: one start of Python for all models.
MANY = """
import contextlib, io, runpy, sys
for line in sys.stdin.read().splitlines():
    script, line = line.split(" ", 1)
    sys.stdin, out = io.StringIO(line), io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(sys.argv[1] + "/" + script, run_name="__main__")
    print(out.getvalue())
assert "tunewright" not in sys.modules
"""


def finished(bench: Trial) -> tuple[object, Space]:
    """A trained model as a run hands it over: numbers in their raw unit, additions merged."""
    trained = bench.model.eval()
    inner = trained.get_base_model() if hasattr(trained, "get_base_model") else trained
    space = bench.task.fold(inner, bench.space)
    return bench.method.merge(trained).eval(), space


def asked_of(bench: Trial) -> list[tuple[str, ...]]:
    """What the tokenizer is given of each row: a text, or two."""
    return [(text,) if isinstance(text, str) else text for text in bench.inputs.texts(bench.columns)]


@pytest.fixture(scope="module")
def saved(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[tuple[str, str, str], tuple[Path, Trial, np.ndarray, Space]]:
    """Every combination, trained a little and saved: its folder, its logits row by row, its space."""
    root = tmp_path_factory.mktemp("saved")
    made = {}
    for combination in COMBINATIONS:
        bench = Trial(*combination) if catalog.load("method", combination[1]).adds else trial(*combination)
        bench.step(2)
        model, space = finished(bench)
        folder = root / "-".join(combination)
        with quiet_transformers():
            model.save_pretrained(folder)
            bench.tokenizer.save_pretrained(folder)
        logits = np.concatenate([bench.logits(model, np.array([row])).double().numpy() for row in bench.rows])
        made[combination] = (folder, bench, logits, space)
    return made


@pytest.fixture(scope="module")
def fresh(saved) -> dict[tuple[str, str, str], np.ndarray]:
    """What a new process says of each saved model, from the texts on."""
    benches = [bench for _, bench, _, _ in saved.values()]
    asked = [
        {
            "folder": str(folder),
            "texts": [texts[0] for texts in asked_of(bench)],
            "pairs": [texts[1] for texts in asked_of(bench)] if len(asked_of(bench)[0]) > 1 else None,
            "max_length": 64,
            "auto_class": bench.task.auto_class,
            "truncation": bench.inputs.truncation,
            "overlap": None,
            "threads": torch.get_num_threads(),
            "samples": bench.task.asked_anew(bench.inputs, bench.columns, bench.encoded),
        }
        for folder, bench, _, _ in saved.values()
    ]
    done = subprocess.run(
        [sys.executable, "-c", MANY, str(SCRIPTS)],
        input="\n".join(f"{bench.task.opened_by} {json.dumps(one)}" for one, bench in zip(asked, benches, strict=True)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONSAFEPATH": "1", "CUDA_VISIBLE_DEVICES": ""},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers = [json.loads(line)["logits"] for line in done.stdout.splitlines() if line]
    assert len(answers) == len(saved)
    return {
        combination: bench.task.opened(
            bench.task.told_anew(list(map(np.asarray, answer)), bench.encoded), AutoConfig.from_pretrained(folder)
        )
        for (combination, (folder, bench, _, _)), answer in zip(saved.items(), answers, strict=True)
    }


@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
def test_a_fresh_process_gives_the_same_logits(saved, fresh, combination: tuple[str, str, str]) -> None:
    """Danger: what is handed over is not what was measured: weights left behind, renamed, or drawn anew on loading."""
    _, _, logits, _ = saved[combination]
    assert np.ptp(logits, axis=0).max() > 1e-3, "all rows look alike, so nothing is compared"
    # log-probabilities of whole answers are sums of a hundred nats
    assert np.abs(fresh[combination] - logits).max() < 1e-6 * max(1.0, np.abs(logits).max())


@pytest.mark.parametrize("combination", HEADED, ids="-".join)
def test_plain_transformers_decides_the_same(saved, combination: tuple[str, str, str]) -> None:
    """Danger: outputs are right and their names are not: LABEL_0, or the names in another order."""
    folder, bench, logits, space = saved[combination]
    if space.kind in ("tokens", "preferences"):
        pytest.skip("its outputs are about tokens of the tokenizer, and have no names")
    with quiet_transformers():
        model = HEADS[bench.task.auto_class].from_pretrained(folder).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tuple(model.config.id2label[index] for index in range(len(space.names))) == space.names
    assert model.config.label2id == {name: index for index, name in enumerate(space.names)}
    ours = bench.task.decide(bench.answers(logits, space), space)
    reread = bench.task.saved_space(model.config)
    for row in range(0, len(bench.texts), 4):
        with torch.no_grad():
            said = model(**tokenizer(*asked_of(bench)[row], return_tensors="pt"))
        output = said.logits[0] if "logits" in said else torch.stack([said.start_logits, said.end_logits], dim=-1)[0]
        own = output.numpy() if bench.task.per_token else output[None].numpy()
        again = bench.task.decide(bench.answers(own, reread, bench.encoded.of_rows([row])), reread)[0]
        for decided in (again,) if bench.task.per_token else (_decided(output, model.config), again):
            assert decided == ours[row] or float(decided) == pytest.approx(float(ours[row]), rel=1e-5)


def _decided(output: torch.Tensor, config: object) -> str:
    """What a reader of the model card would write, without tunewright."""
    if config.problem_type == "single_label_classification":
        return config.id2label[int(output.argmax())]
    if config.problem_type == "multi_label_classification":
        return "|".join(config.id2label[i] for i, p in enumerate(torch.sigmoid(output)) if p >= 0.5)
    return f"{float(output[0]):.6g}"
