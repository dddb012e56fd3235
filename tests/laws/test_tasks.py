"""What every task owes: outputs that keep their names, through training, saving and loading again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import tiny_tokenizer
from tiny_writers import writer_config
from trial import FAMILY_TASKS, TASKS, WRITING, Trial, encoded_rows, rows_of_words, target_cells, trial

from tunewright.data.answers import answers_of
from tunewright.data.entities import entities_of
from tunewright.inputs import Encoded
from tunewright.models.anatomy import final_linear
from tunewright.models.load_options import LoadOptions
from tunewright.models.source import Source, quiet_transformers
from tunewright.recipe import catalog
from tunewright.tasks import Space, Task
from tunewright.tasks.partners import Partners
from tunewright.tasks.token_scores import TokenScores

DECIDING = tuple((f, t) for f, t in FAMILY_TASKS if t not in WRITING)
LABELLED = tuple(
    (f, t) for f, t in DECIDING if catalog.load("task", t).target_kind not in ("number", "none", "answers")
)
TARGETED = tuple(t for t in TASKS if catalog.load("task", t).target_kind != "none")
NUMBERS = tuple((f, t) for f, t in FAMILY_TASKS if catalog.load("task", t).target_kind == "number")


def made(kind: str) -> tuple[Task, list[Any], Encoded, Space]:
    task = catalog.load("task", kind)()
    texts = rows_of_words(40, np.random.default_rng(2))
    cells = target_cells(task.target_kind, texts, np.random.default_rng(1))
    pairs = rows_of_words(40, np.random.default_rng(3)) if task.paired else None
    tokenizer = tiny_tokenizer()
    tokenizer.eos_token = "[SEP]"
    config = writer_config("t5", len(tokenizer))
    config.eos_token_id = tokenizer.eos_token_id
    task.ready(config, tokenizer)
    _, _, encoded = encoded_rows(task, texts, tokenizer, pairs)
    aims = task.read_targets(cells, tokenizer, 64)
    encoded = encoded if aims is None else replace(encoded, targets=aims)
    return task, cells, encoded, task.space(cells, "y", encoded)


def perfect(space: Space, truth: Any) -> Any:
    """Answers of a model that is always right."""
    if space.kind == "tokens":
        tokens = np.arange(1.0, 1.0 + len(truth))
        return TokenScores(0.0 * tokens, tokens, tokens)
    if space.kind == "preferences":
        return truth + np.array([1000.0, -1000.0])
    if space.kind == "classes":
        return np.eye(len(space.names))[truth]
    if space.kind == "vectors":
        return Partners(truth, np.eye(len(truth)), np.eye(len(truth)))
    if space.kind == "spans":
        return truth.first()
    return truth if space.kind in ("tags", "text") else truth.astype(np.float64)


def said_of(cell: Any, kind: str) -> str | None:
    """A target cell as a task would put it."""
    if kind == "spans":
        return next((f"{start}-{start + len(text)}" for start, text in answers_of(cell)[1]), "no answer")
    return (
        cell
        if cell is None or isinstance(cell, str)
        else ", ".join(f"{label} {s}-{e}" for s, e, label in entities_of(cell))
    )


@pytest.mark.parametrize("kind", TASKS)
def test_the_space_does_not_depend_on_the_order_of_rows(kind: str) -> None:
    """Danger: labels numbered as they appear: a shuffled file then trains another model, or worse, evaluates one."""
    task, cells, encoded, space = made(kind)
    again = task.space(cells[::-1], "y", encoded.of_rows(np.arange(len(cells))[::-1]))
    assert again.names == space.names
    assert space.kind == "spans" or space.names == tuple(sorted(space.names))
    assert again.counts == space.counts
    assert again.mean == pytest.approx(space.mean)


@pytest.mark.parametrize("kind", TARGETED)
def test_encoding_and_deciding_are_each_others_inverse(kind: str) -> None:
    """Danger: a label comes out under another's name."""
    task, cells, encoded, space = made(kind)
    truth = task.encode(cells, space, encoded)
    assert len(truth) == len(cells)
    decided = task.decide(perfect(space, truth), space)
    for said, cell in zip(decided, [said_of(cell, space.kind) for cell in cells], strict=True):
        assert cell is None or said == cell or float(said) == pytest.approx(float(cell), rel=1e-5)
    assert task.in_words(truth, space) == decided
    assert not task.wrongness(truth, perfect(space, truth))[0].any()


@pytest.mark.parametrize("kind", TASKS)
def test_a_perfect_model_measures_perfect(kind: str) -> None:
    """Danger: metrics that take the truth in another form than the task encodes it in."""
    task, cells, encoded, space = made(kind)
    truth = task.encode(cells, space, encoded)
    values = task.metric_values(truth, perfect(space, truth), np.ones((2, len(cells))))
    assert values.keys() == set(task.metric_info)
    assert task.primary in values
    best = 1.0 if task.metric_info[task.primary].higher_is_better or space.kind == "tokens" else 0.0
    assert values[task.primary] == pytest.approx([best, best])


@pytest.mark.parametrize("kind", TASKS)
def test_a_loss_that_cannot_learn_the_targets_is_refused(kind: str) -> None:
    """Danger: a loss that broadcasts over targets of the wrong form, and trains on nonsense."""
    fitting = [k for k in catalog.kinds("loss") if made(kind)[0].learns in catalog.load("loss", k).target_kinds]
    assert fitting
    for loss in catalog.kinds("loss"):
        if loss in fitting:
            assert catalog.load("task", kind)(loss=loss).loss.kind == loss
        else:
            with pytest.raises(ValueError, match="cannot learn the targets"):
                catalog.load("task", kind)(loss=loss)


@pytest.mark.parametrize(("family", "kind"), DECIDING)
def test_the_model_says_what_its_outputs_are(family: str, kind: str) -> None:
    """Danger: a saved model whose outputs are LABEL_0 to LABEL_7, to be guessed by whoever serves it."""
    bench = trial(family, "full", kind)
    assert bench.task.saved_space(bench.plain.config).kind == bench.space.kind
    assert bench.task.saved_space(bench.plain.config).names == bench.space.names
    rows = len(bench.encoded.ids) if bench.task.per_token else len(bench.texts)
    width = 2 * 32 if bench.space.kind == "vectors" else len(bench.space.names)
    assert bench.before.shape == (rows, width)
    answers = bench.answers(bench.before, bench.space)
    assert len(bench.task.decide(answers, bench.space)) == len(answers) == len(bench.texts)
    assert len(bench.task.predictions(answers, bench.space, bench.texts)) == len(bench.texts)


def trained_source(bench: Trial, folder: Path) -> Source:
    """A model of one step's training, saved, as the start of another run."""
    bench.step(2)
    with quiet_transformers():
        bench.model.eval().save_pretrained(folder)
        bench.tokenizer.save_pretrained(folder)
    return Source("trained", str(folder))


@pytest.mark.parametrize(("family", "kind"), LABELLED)
def test_a_head_for_the_same_labels_is_kept_by_name(family: str, kind: str, tmp_path: Path) -> None:
    """Danger: a start from one's own model whose rows stand in another order: billing answers as returns."""
    bench = trial(family, "full", kind)
    source = trained_source(bench, tmp_path)
    wanted = bench.logits(bench.model)
    turned = Space(bench.space.kind, bench.space.names[::-1], bench.space.counts[::-1])
    again = bench.task.model(source, turned, LoadOptions(0, 9)).eval()
    assert again.config.id2label[0] == bench.space.names[-1]
    assert torch.allclose(bench.logits(again), wanted.flip(1), atol=1e-6)
    same = bench.task.model(source, bench.space, LoadOptions(0, 9)).eval()
    assert torch.allclose(bench.logits(same), wanted, atol=1e-6)


@pytest.mark.parametrize(("family", "kind"), LABELLED)
def test_a_head_for_other_labels_is_drawn_anew(family: str, kind: str, tmp_path: Path) -> None:
    """Danger: as many labels as before, so everything loads, and `urgent` starts out as what `positive` was."""
    bench = trial(family, "full", kind)
    source = trained_source(bench, tmp_path)
    old = final_linear(bench.model, 3)[1]
    for names in (("x", "y", "z"), (bench.space.names[0], bench.space.names[1], "z"), ("k", "l", "m", "n")):
        other = Space(bench.space.kind, names, (1,) * len(names))
        fresh = bench.task.model(source, other, LoadOptions(0, 9))
        head = final_linear(fresh, len(names))[1]
        assert head.out_features == len(names)
        overlap = min(len(names), 3)
        assert not torch.isclose(head.weight[:overlap], old.weight[:overlap], atol=1e-6).any(dim=1).all()
        assert float(head.weight.abs().max()) < 0.2, "a drawn head is small"
        assert head.bias is None or not bool(head.bias.any())
        again = final_linear(bench.task.model(source, other, LoadOptions(0, 9)), len(names))[1]
        assert torch.equal(head.weight, again.weight)


@pytest.mark.parametrize(("family", "kind"), NUMBERS)
def test_numbers_come_out_in_their_own_unit(family: str, kind: str, tmp_path: Path) -> None:
    """Danger: a model that answers in standard deviations, and a reader who takes them for euros."""
    bench = trial(family, "full", kind)
    bench.step(2)
    before = bench.logits(bench.model.eval())
    raw = bench.task.scores(before.numpy(), bench.space)
    assert np.allclose(raw, before.numpy().reshape(-1) * bench.space.scale + bench.space.mean)
    space = bench.task.fold(bench.model, bench.space)
    assert (space.mean, space.scale) == (0.0, 1.0)
    with quiet_transformers():
        bench.model.save_pretrained(tmp_path)
    saved = type(bench.model).from_pretrained(tmp_path).eval()
    assert np.allclose(bench.logits(saved).numpy().reshape(-1), raw, rtol=1e-4, atol=1e-4)
    assert bench.task.scores(bench.logits(saved).numpy(), space) == pytest.approx(raw, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(("family", "kind"), NUMBERS)
def test_training_goes_on_from_a_model_of_numbers(family: str, kind: str, tmp_path: Path) -> None:
    """Danger: a head that answers in euros, trained on against standardised targets: it must unlearn its scale first,
    and with clipped gradients it never does."""
    bench = trial(family, "full", kind)
    bench.step(2)
    bench.task.fold(bench.model, bench.space)
    with quiet_transformers():
        bench.model.eval().save_pretrained(tmp_path)
        bench.tokenizer.save_pretrained(tmp_path)
    raw = bench.logits(bench.model).numpy().reshape(-1)
    again = bench.task.model(Source("trained", str(tmp_path)), bench.space, LoadOptions(0, 9)).eval()
    space = bench.task.settle(bench.space, again)
    assert bench.task.scores(bench.logits(again).numpy(), space) == pytest.approx(raw, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(("family", "kind"), [(f, t) for f, t in NUMBERS if not catalog.load("task", t)().apart])
def test_standardised_targets_suit_the_head(family: str, kind: str) -> None:
    """Danger: a mean that a head without bias cannot put out, so that every answer is off by it."""
    bench = trial(family, "full", kind)
    targets = bench.targets(bench.rows).double()
    if final_linear(bench.plain, 1)[1].bias is None:
        assert bench.space.mean == 0.0
        assert float(targets.square().mean().sqrt()) == pytest.approx(1.0, rel=1e-5)
    else:
        assert float(targets.mean()) == pytest.approx(0.0, abs=1e-6)
        assert float(targets.std(correction=0)) == pytest.approx(1.0, rel=1e-5)
