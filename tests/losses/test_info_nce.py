"""In-batch negatives."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from tunewright.losses.info_nce import InfoNCE


def vectors(rows: int) -> torch.Tensor:
    sides = torch.randn(2, rows, 5, generator=torch.Generator().manual_seed(1))
    return torch.cat(list(functional.normalize(sides, dim=-1)), dim=1)


def numbers(first: list[int], second: list[int]) -> torch.Tensor:
    return torch.tensor([first, second]).T


def test_it_is_the_cross_entropy_of_the_diagonal() -> None:
    """Danger: a temperature multiplied instead of divided, or the partner's column chosen by its row."""
    given = vectors(4)
    scores = given[:, :5] @ given[:, 5:].T / 0.1
    wanted = functional.cross_entropy(scores, torch.arange(4), reduction="sum")
    other = functional.cross_entropy(scores.T, torch.arange(4), reduction="sum")
    ids = numbers([1, 2, 3, 4], [5, 6, 7, 8])
    one = InfoNCE(temperature=0.1).compute(given, ids, (), ())
    both = InfoNCE(temperature=0.1, symmetric=True).compute(given, ids, (), ())
    assert float(one.sum) == pytest.approx(float(wanted))
    assert float(both.sum) == pytest.approx(float((wanted + other) / 2))
    assert one.weight == both.weight == 4.0


def test_the_same_text_is_no_wrong_partner() -> None:
    """Danger: a text that stands in two rows is pushed away from itself."""
    given = vectors(3)
    told = InfoNCE(temperature=0.1).compute(given, numbers([1, 2, 3], [5, 6, 5]), (), ())
    scores = given[:, :5] @ given[:, 5:].T / 0.1
    kept = [scores[0, [0, 1]], scores[1, [1, 0, 2]], scores[2, [2, 1]]]
    wanted = sum(float(functional.cross_entropy(row[None], torch.tensor([0]))) for row in kept)
    assert float(told.sum) == pytest.approx(wanted)
    same_question = InfoNCE(temperature=0.1).compute(given, numbers([1, 1, 1], [5, 6, 7]), (), ())
    assert float(same_question.sum) == pytest.approx(0.0, abs=1e-6)


def test_a_row_alone_costs_nothing() -> None:
    """Danger: the last step of an epoch has one row, and its loss is NaN."""
    given = vectors(1).requires_grad_()
    loss = InfoNCE().compute(given, numbers([1], [2]), (), ()).sum
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not bool(given.grad.any())


def test_cosines_are_not_rounded_inside_mixed_precision() -> None:
    """Danger: inside autocast the product of the vectors is bf16, in which near partners tie."""
    given, ids = vectors(4), numbers([1, 2, 3, 4], [5, 6, 7, 8])
    wanted = InfoNCE(temperature=0.01).compute(given, ids, (), ()).sum
    with torch.autocast("cpu", torch.bfloat16):
        assert float(InfoNCE(temperature=0.01).compute(given, ids, (), ()).sum) == float(wanted)


def with_wrong(rows: int, most: int) -> torch.Tensor:
    sides = torch.randn(2 + most, rows, 5, generator=torch.Generator().manual_seed(2))
    return torch.cat(list(functional.normalize(sides, dim=-1)), dim=1)


def test_what_any_row_names_as_wrong_is_a_choice_for_every_row() -> None:
    """Danger: a row sees its own wrong partner alone, or those of the wrong column. The peer is written as loops."""
    given, ids = with_wrong(3, 2), torch.tensor([[1, 11, 21, 22], [2, 12, 23, -1], [3, 13, -1, -1]])
    sides = given.chunk(4, dim=1)
    wrong = [sides[2][0], sides[3][0], sides[2][1]]
    wanted = 0.0
    for row in range(3):
        others = torch.stack([*sides[1], *wrong])
        wanted += float(functional.cross_entropy((sides[0][row] @ others.T / 0.1)[None], torch.tensor([row])))
    told = InfoNCE(temperature=0.1).compute(given, ids, (), ())
    assert float(told.sum) == pytest.approx(wanted, rel=1e-6)
    assert told.weight == 3.0


def test_what_is_right_for_a_row_is_not_wrong_for_it() -> None:
    """Danger: one row names as wrong what another one knows as an answer to the same question."""
    given = with_wrong(3, 1)
    first, second, wrong = given.chunk(3, dim=1)
    ids = torch.tensor([[1, 11, 12], [1, 12, 9], [3, 13, 3]])  # 12 is right for question 1; 3 is the question itself
    told = InfoNCE(temperature=0.1).compute(given, ids, (), ())
    scores = [
        torch.stack([second[0], second[2], wrong[1], wrong[2]]) @ first[0],
        torch.stack([second[1], second[2], wrong[1], wrong[2]]) @ first[1],
        torch.stack([second[2], second[0], second[1], wrong[0], wrong[1]]) @ first[2],
    ]
    wanted = sum(float(functional.cross_entropy(s[None] / 0.1, torch.tensor([0]))) for s in scores)
    assert float(told.sum) == pytest.approx(wanted, rel=1e-6)


def test_texts_that_are_not_there_pull_nothing() -> None:
    """Danger: a row without a wrong partner pulls at a vector of zeros."""
    given = with_wrong(3, 1).requires_grad_()
    ids = torch.tensor([[1, 11, -1], [2, 12, -1], [3, 13, -1]])
    told = InfoNCE(symmetric=True).compute(given, ids, (), ())
    told.sum.backward()
    assert not bool(given.grad.chunk(3, dim=1)[2].any())
    pairs = InfoNCE(symmetric=True).compute(given.detach()[:, :10], ids[:, :2], (), ())
    assert float(told.sum.detach()) == pytest.approx(float(pairs.sum), rel=1e-6)
