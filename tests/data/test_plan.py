"""The step plan: every row once an epoch, and nothing about memory or machines in the samples of a step."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.data import plan as plan_module
from tunewright.data.plan import MOST_SHUFFLED, StepPlan, like_lengths, micro_batches, packs

ROW_LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=80)
WORLDS = st.integers(1, 5)
BUDGETS = st.integers(1, 400)


def plan(lengths: list[int], batch_size: int = 8, budget: int = 128, seed: int = 0, world: int = 1) -> StepPlan:
    return StepPlan(np.array(lengths, dtype=np.int64), batch_size, budget, seed, world)


@settings(deadline=None)
@given(lengths=ROW_LENGTHS, batch_size=st.integers(1, 100), seed=st.integers(0, 2**63), epoch=st.integers(0, 5))
def test_every_row_is_seen_once_an_epoch(lengths: list[int], batch_size: int, seed: int, epoch: int) -> None:
    """Danger: rows at the end of an epoch that are dropped, or seen twice, because they fill no batch."""
    made = plan(lengths, batch_size, seed=seed)
    first = epoch * made.steps_per_epoch
    steps = [made.samples(first + step) for step in range(made.steps_per_epoch)]
    assert sorted(np.concatenate(steps).tolist()) == list(range(len(lengths)))
    assert all(len(rows) == batch_size for rows in steps[:-1])
    assert 0 < len(steps[-1]) <= batch_size


@settings(deadline=None)
@given(lengths=ROW_LENGTHS, batch_size=st.integers(1, 30), budgets=st.tuples(BUDGETS, BUDGETS), world=WORLDS)
def test_samples_know_nothing_of_memory_or_machines(
    lengths: list[int], batch_size: int, budgets: tuple[int, int], world: int
) -> None:
    """Danger: another result on another machine. Trainers that group by length change the batches with memory."""
    here, there = plan(lengths, batch_size, budgets[0]), plan(lengths, batch_size, budgets[1], world=world)
    for step in range(2 * here.steps_per_epoch):
        assert np.array_equal(here.samples(step), there.samples(step))


@settings(deadline=None)
@given(lengths=ROW_LENGTHS, budget=BUDGETS, world=WORLDS)
def test_ranks_share_a_step_without_gap_or_overlap(lengths: list[int], budget: int, world: int) -> None:
    """Danger: a rank that waits for a micro-batch that another does not have; a sample computed twice or never."""
    made = plan(lengths, len(lengths), budget, world=world)
    rows = made.samples(0)
    shares = [made.cut(rows, rank) for rank in range(world)]
    assert len({len(share) for share in shares}) == 1
    together = np.concatenate([piece for share in shares for piece in share])
    assert sorted(together.tolist()) == sorted(rows.tolist())


@settings(deadline=None)
@given(lengths=ROW_LENGTHS, budget=BUDGETS, world=WORLDS)
def test_the_budget_is_kept_unless_one_row_breaks_it(lengths: list[int], budget: int, world: int) -> None:
    """Danger: a forward larger than the memory it was planned for."""
    sizes = np.array(lengths, dtype=np.int64)
    for piece in micro_batches(np.arange(len(lengths)), sizes, budget, world):
        if len(piece) > 1:
            assert len(piece) * int(sizes[piece].max()) <= budget
        assert list(sizes[piece]) == sorted(sizes[piece], reverse=True)


@settings(deadline=None)
@given(lengths=ROW_LENGTHS, budget=BUDGETS)
def test_pieces_waste_little(lengths: list[int], budget: int) -> None:
    """Danger: padding and needless forwards, the two ways to pay for tokens that nobody wrote."""
    sizes = np.array(lengths, dtype=np.int64)
    pieces = micro_batches(np.arange(len(lengths)), sizes, budget)
    for piece, following in itertools.pairwise(pieces):
        assert sizes[piece].min() >= sizes[following].max()
    ordered = np.sort(sizes)[::-1]
    greedy, start = [], 0
    while start < len(ordered):
        count = max(1, budget // max(1, int(ordered[start])))
        greedy.append(int(max(1, ordered[start])) * len(ordered[start : start + count]))
        start += count
    cost = sum(int(max(1, sizes[p].max())) * len(p) + plan_module._BATCH_COST for p in pieces)
    assert cost <= sum(greedy) + plan_module._BATCH_COST * len(greedy)


@settings(deadline=None)
@given(lengths=ROW_LENGTHS, seed=st.integers(0, 2**32), epoch=st.integers(0, 9))
def test_the_order_follows_from_seed_and_epoch(lengths: list[int], seed: int, epoch: int) -> None:
    """Danger: an order that depends on what ran before in the process, so that no run can be repeated."""
    order = plan(lengths, seed=seed).order(epoch)
    np.random.default_rng(0).normal(size=3)
    assert np.array_equal(plan(lengths, batch_size=3, seed=seed).order(epoch), order)


def test_epochs_and_seeds_differ() -> None:
    """Danger: the same order every epoch, or one seed for all runs of a comparison."""
    made = plan([5] * 200)
    orders = [made.order(epoch) for epoch in range(4)] + [plan([5] * 200, seed=1).order(0)]
    for index, order in enumerate(orders):
        assert not any(np.array_equal(order, other) for other in orders[:index])
    assert not np.array_equal(plan([5] * 200, seed=1).order(0), plan([5] * 200, seed=0).order(1))
    assert not np.array_equal(orders[0], np.arange(200)), "not shuffled at all"


def test_a_resumed_run_needs_the_index_alone() -> None:
    """Danger: a resume that replays rows already seen, or skips some."""
    whole = plan(list(range(1, 51)), batch_size=8)
    seen = [whole.samples(step) for step in range(14)]
    for step in range(9, 14):
        assert np.array_equal(plan(list(range(1, 51)), batch_size=8).samples(step), seen[step])
    order = whole.order(1)
    assert np.array_equal(whole.samples(9, order), whole.samples(9))


def test_epoch_and_index_of_a_step() -> None:
    """Danger: the last, short step of an epoch counted to the next one."""
    made = plan([1] * 10, batch_size=4)
    assert made.steps_per_epoch == 3
    assert [made.epoch_of(step) for step in (0, 2, 3, 7)] == [(0, 0), (0, 2), (1, 0), (2, 1)]
    assert len(made.samples(2)) == 2


def test_a_lower_budget_cuts_the_same_rows_finer() -> None:
    """Danger: the step that is replayed after a shortage of memory holds other rows."""
    made = plan([10] * 8, batch_size=8, budget=80)
    rows = made.samples(0)
    assert [len(piece) for piece in made.cut(rows)] == [8]
    finer = made.cut(rows, token_budget=40)
    assert [len(piece) for piece in finer] == [4, 4]
    assert sorted(np.concatenate(finer)) == sorted(rows)


def test_a_row_longer_than_the_budget_stands_alone() -> None:
    """Danger: a row that fits nowhere and is left out without a word."""
    sizes = np.array([100, 3, 3, 3])
    assert [piece.tolist() for piece in micro_batches(np.arange(4), sizes, 10)] == [[0], [1, 2, 3]]


def test_fewer_rows_than_ranks_leave_some_with_nothing() -> None:
    """Danger: a division of two rows over four ranks that never ends or raises."""
    pieces = micro_batches(np.arange(2), np.array([4, 4]), 100, world_size=4)
    assert sorted(len(piece) for piece in pieces) == [0, 0, 1, 1]
    assert micro_batches(np.arange(0), np.array([4, 4]), 100, world_size=4) == []


@pytest.mark.parametrize("lengths", [[0, 0, 3], [0]])
def test_rows_without_tokens_do_not_divide_by_zero(lengths: list[int]) -> None:
    """Danger: a table of empty rows that ends in an arithmetic error instead of the audit's words."""
    pieces = micro_batches(np.arange(len(lengths)), np.array(lengths), 8)
    assert sum(len(piece) for piece in pieces) == len(lengths)


def test_ranks_carry_equal_loads() -> None:
    """Danger: one rank computes the long rows and the others wait for it."""
    generator = np.random.default_rng(0)
    lengths = generator.integers(4, 512, 256)
    made = StepPlan(lengths, 256, 2048, 0, 4)
    loads = [
        sum(int(lengths[p].max()) * len(p) for p in made.cut(made.samples(0), rank) if len(p)) for rank in range(4)
    ]
    assert max(loads) < 1.15 * min(loads)


def test_many_rows_are_ordered_without_a_list_of_them() -> None:
    """Danger: an epoch's order of a billion rows that fills the memory, or one that misses or repeats rows."""
    few = StepPlan(np.zeros(MOST_SHUFFLED, np.int8), 32, 128, 3)
    assert few.ordering == "shuffle"
    # zeros of one byte stand in for lengths, which the order does not look at
    many = StepPlan(np.zeros(MOST_SHUFFLED + 1, np.int8), 1 << 16, 128, 3)
    assert many.ordering == "feistel"
    assert not isinstance(many.order(0), np.ndarray)
    seen = np.zeros(MOST_SHUFFLED + 1, dtype=bool)
    for step in range(many.steps_per_epoch):
        rows = many.samples(step)
        assert rows.dtype == np.int64
        assert not seen[rows].any()
        seen[rows] = True
    assert seen.all()
    later = many.samples(many.steps_per_epoch + 1, many.order(1))
    assert np.array_equal(later, many.samples(many.steps_per_epoch + 1))
    assert not np.array_equal(later, many.samples(1))


def test_the_common_order_never_changes() -> None:
    """Danger: a run begun with an older tunewright and resumed here would go on in another order."""
    assert (
        plan([5] * 12, seed=4).order(2).tolist()
        == np.random.Generator(np.random.Philox(key=[4, 2])).permutation(12).tolist()
    )


@settings(deadline=None)
@given(lengths=ROW_LENGTHS, budget=BUDGETS, shares=WORLDS)
def test_packs_hold_every_row_once_within_the_budget(lengths: list[int], budget: int, shares: int) -> None:
    """Danger: a row lost between packs, or a forward larger than memory allows."""
    measured = np.array(lengths, dtype=np.int64)
    made = packs(np.arange(len(lengths)), measured, budget, shares)
    assert len(made) % shares == 0
    assert sorted(np.concatenate(made).tolist()) == list(range(len(lengths)))
    for pack in made:
        groups = like_lengths(pack, measured)
        assert sorted(np.concatenate([*groups, pack[:0]]).tolist()) == sorted(pack.tolist())
        assert measured[pack].sum() <= budget or len(pack) == 1


def test_packs_are_balanced_and_few() -> None:
    """Danger: one lane computes while the other waits, or more forwards than the budget asks for."""
    lengths = np.random.default_rng(0).integers(5, 90, 32)
    made = packs(np.arange(32), lengths, 1024, 2)
    loads = [int(lengths[pack].sum()) for pack in made]
    assert len(made) == 2
    assert max(loads) - min(loads) < 0.02 * sum(loads)


def test_groups_of_a_pack_are_few_where_rows_are_short_and_alike_where_they_are_long() -> None:
    """Danger: attention over padding that costs more than the rows, or a dozen operations for each row of ten."""
    generator = np.random.default_rng(0)
    short = generator.integers(5, 40, 16)
    assert len(like_lengths(np.arange(16), short)) <= 2
    long = generator.integers(60, 512, 8)
    groups = like_lengths(np.arange(8), long)
    pairs = sum(int(long[group].max()) ** 2 * len(group) for group in groups)
    assert pairs < 1.2 * (long**2).sum()


def test_a_packed_plan_has_the_same_samples() -> None:
    """Danger: packing or lanes that change what an optimizer step sees."""
    lengths = np.random.default_rng(0).integers(1, 60, 50)
    plain = StepPlan(lengths, 8, 128, 0)
    other = StepPlan(lengths, 8, 128, 0, world_size=2, lanes=3, packed=True)
    for step in range(plain.steps_per_epoch):
        rows = other.samples(step)
        assert np.array_equal(rows, plain.samples(step))
        shares = [other.cut(rows, rank) for rank in range(2)]
        assert [len(share) % 3 for share in shares] == [0, 0]
        assert sorted(np.concatenate(shares[0] + shares[1]).tolist()) == sorted(rows.tolist())


def test_the_size_of_a_piece_is_what_it_computes() -> None:
    """Danger: a step that ran out of memory is replayed many times over, since its pieces were thought larger."""
    lengths = np.array([100, 10, 10, 10], dtype=np.int64)
    rows = np.arange(4)
    assert StepPlan(lengths, 4, 1024, 0).tokens(rows) == 400
    assert StepPlan(lengths, 4, 1024, 0, packed=True).tokens(rows) == 130
    assert StepPlan(np.array([100, 90]), 2, 1024, 0, packed=True).tokens(np.arange(2)) == 190
    assert StepPlan(lengths, 4, 1024, 0).tokens(rows[:0]) == 0
