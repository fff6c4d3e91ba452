# SPDX-License-Identifier: Apache-2.0
"""The bench of the dose: costs, choices and statistics on made-up curves, and courses that repeat to the last bit."""

from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from dose_bed import RATES, Bed, Course, Curve, Picked
from dose_optuna import PEERS
from dose_replay import USUAL, Ledger, cannot_reach
from dose_score import Base, base_of, fieller, harm, pooled, shipped, worth
from dose_table import frontier, row_of
from dose_ways import NINE, Always, Climb, Grid, Halving, Heats, Race
from torch import nn

from goodfit.training import Settings, Task, TaskSource, prepare, train
from goodfit.values import Patience

HORIZON = 40


def made_up(rate: float, best: float = 0.6, horizon: int = HORIZON) -> Curve:
    """A valley in epochs whose floor is lowest at the rate `best`; slower at higher rates; test is validation + 0.01."""
    epochs = np.arange(1, horizon + 1)
    bottom = 6 / (1 - min(rate, 0.9)) ** 0.7
    validation = 0.5 + (rate - best) ** 2 + 0.02 * np.log(epochs / bottom) ** 2
    noise = np.random.default_rng(1).normal(0, 0.05, 200)
    losses = validation[:, None] + noise - noise.mean()
    return Curve(rate, validation, validation + 0.01, losses, np.full(horizon, 0.1))


def bed(best: float = 0.6, seed: int = 0, horizon: int = HORIZON) -> Bed:
    """A bed over made-up curves."""
    return Bed("made up", seed, horizon, _task, lambda asked, rate: made_up(rate, best, asked.horizon))


def test_the_own_run_is_free_and_every_other_epoch_counts() -> None:
    """The cost of a grid is the epochs of its arms; a rate of 0 among them adds nothing."""
    found = Grid("", NINE, None).search(bed())
    assert found.epochs == 9 * HORIZON
    assert found.seconds == pytest.approx(9 * HORIZON * 0.1)
    assert Grid("", (0.0, 0.5), None).search(bed()).epochs == HORIZON


def test_a_chosen_rate_is_scored_as_far_as_its_arm_was_trained() -> None:
    """An arm cut short is read at its best epoch before the cut, never behind it."""
    cut = Grid("", (0.6,), None, most=0.1).search(bed())
    assert cut.epochs == 4
    assert cut.test == pytest.approx(float(made_up(0.6).test[3]))


def test_patience_is_that_of_goodfit() -> None:
    """An arm stops at the epoch where `Curve.stop` says that early stopping ends it."""
    for rate in (0.1, 0.5, 0.8):
        ledger = Ledger(bed())
        arm = ledger.train(ledger.start(rate))
        assert arm.epochs == made_up(rate).stop(USUAL) <= HORIZON


def test_the_race_adds_a_rate_beyond_the_end_that_wins() -> None:
    """.75 is trained when .6 wins, .1 when .2 does, and neither when .4 does."""
    for best, arms in ((0.9, (0.2, 0.4, 0.6, 0.75)), (0.0, (0.2, 0.4, 0.6, 0.1)), (0.4, (0.2, 0.4, 0.6))):
        expected = sum(made_up(rate, best).stop(USUAL) for rate in arms)
        assert Race("").search(bed(best)).epochs == expected


def test_ways_find_the_valley() -> None:
    """Ways that compare enough rates end within one step of the best rate."""
    for way in (Grid("", NINE), Climb(""), Halving("", NINE, 1 / 3, 3)):
        assert way.search(bed(0.6)).rate == pytest.approx(0.6, abs=0.1)


def test_halving_resumes_instead_of_training_again() -> None:
    """Rungs of 1/3 and the whole cost 9 thirds and the rest of three arms."""
    rung = round(HORIZON / 3)
    found = Halving("", NINE, 1 / 3, 3, None).search(bed())
    assert found.epochs == 9 * rung + 3 * (HORIZON - rung)


def test_heats_cost_their_heats_and_the_rest_of_the_leader() -> None:
    """Two heats of half the plan and the other half of the better rate; a higher rate may have a longer heat."""
    assert Heats("", (0.3, 0.6), 0.5, patience=Patience(floor=99)).search(bed()).epochs == 3 * HORIZON // 2
    longer = Heats("", (0.3, 0.6), 0.3, 1.0, Patience(floor=99)).search(bed())
    assert longer.epochs == round(0.3 * HORIZON * 0.5 / 0.7) + HORIZON


def test_nobody_beats_the_user_who_needs_nothing() -> None:
    """Where no dropout is best every comparing way ends with the own run's validation loss, or ships it."""
    own = made_up(0.0, 0.0)
    base = base_of(bed(0.0))
    assert base.gain == 0.0
    for way in (Grid("", (0.3, 0.6)), Climb(""), Always("", 0.5), PEERS[3]):
        assert shipped(base, way.search(bed(0.0))) == pytest.approx(float(own.test[own.best()]))


def test_a_hopeless_arm_is_dropped_and_a_rising_one_is_not() -> None:
    """Dropping saves epochs where the first arm is the best, and loses no choice where the last one is."""
    usual, dropping = Grid("", (0.6, 0.3)), Grid("", (0.6, 0.3), hopeless=cannot_reach(2))
    assert dropping.search(bed()).epochs < usual.search(bed()).epochs
    assert Grid("", (0.3, 0.6), hopeless=cannot_reach(2)).search(bed()).rate == 0.6


@pytest.mark.parametrize("peer", PEERS, ids=lambda way: way.name)
def test_peers_run_and_count(peer: Any) -> None:
    """Each of Optuna's ways gives a rate of the grid, and no more epochs than all its trials have."""
    few, short = (
        replace(peer, trials=3),
        12,
    )  # scipy's exact test of Wilcoxon takes long, and there is one an epoch
    found = few.search(bed(horizon=short))
    assert found.rate in RATES
    assert 0 < found.epochs <= few.trials * short


def test_fieller_covers() -> None:
    """The interval holds the true ratio about 95 times of 100, and is unbounded where nothing was gained."""
    draws = np.random.default_rng(0)
    hits = 0
    for _ in range(400):
        below = draws.normal(1.0, 0.3, 5)
        above = 0.8 * below + draws.normal(0, 0.2, 5)
        _, low, high = fieller(above.tolist(), below.tolist())
        hits += low <= 0.8 <= high
    assert 0.92 <= hits / 400 <= 0.98
    assert fieller([0.1, -0.1, 0.2], [0.1, -0.2, 0.1])[1:] == (-np.inf, np.inf)


def test_pooling_weighs_tasks_alike() -> None:
    """A task with a hundred times the loss has no more say, and the oracle keeps exactly 1."""
    oracle = {"small": [0.01, 0.02], "large": [1.0, 2.0]}
    half = {"small": [0.01, 0.02], "large": [0.0, 0.0]}
    assert pooled(half, oracle)[0] == pytest.approx(0.5)
    assert list(pooled(oracle, oracle)) == pytest.approx([1.0, 1.0, 1.0])


def _base(seed: int, gain: float, task: str = "t") -> Base:
    return Base(task, seed, 40, 1.0, 1.0, 12, 0.5, 1.0 - gain)


def test_a_task_without_a_clear_gain_does_not_count() -> None:
    """Two standard errors over the seeds decide."""
    assert worth([_base(seed, gain) for seed, gain in enumerate((0.1, 0.12, 0.09))])
    assert not worth([_base(seed, gain) for seed, gain in enumerate((0.1, -0.1, 0.05))])


def test_harm_is_a_share_with_an_upper_limit() -> None:
    """No harm with certainty is 0 and 0; a spread raises the limit above the mean."""
    bases = [_base(seed, 0.0) for seed in range(5)]
    assert harm([1.0] * 5, bases) == (0.0, 0.0)
    mean, limit = harm([1.01, 1.0, 1.02, 1.0, 1.01], bases)
    assert mean == pytest.approx(0.008)
    assert limit > mean


def test_rows_and_frontier() -> None:
    """A way that costs more and keeps less is not on the frontier; costs are in T and in runs."""
    bases = {
        "t": [_base(seed, 0.1 + 0.01 * seed) for seed in range(3)],
        "c": [_base(s, 0.0, "c") for s in range(3)],
    }
    keys = [(task, seed) for task in bases for seed in range(3)]
    good = row_of("good", {key: Picked(0.5, 20, 1.0, 0.8, 0.9) for key in keys}, bases, frozenset({"c"}))
    bad = row_of("bad", {key: Picked(0.5, 80, 1.0, 0.8, 0.99) for key in keys}, bases, frozenset({"c"}))
    assert [good.cost, good.runs, bad.cost] == pytest.approx([0.5, 20 / 12, 2.0])
    assert frontier([good, bad]) == ["good"]
    assert good.harm[0] == pytest.approx(-0.1)


def _task() -> Task:
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(400, 10, generator=draws)
    y = (x[:, 0] + torch.randn(400, generator=draws) > 0).long()
    return Task(
        name="real",
        model=lambda: nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2)),
        train=(x, y),
        test=(x[:50], y[:50]),
        loss=nn.CrossEntropyLoss(),
        optimizer=partial(torch.optim.Adam, lr=0.02),
        epochs=4,
        train_size=100,
        validation_size=60,
        device="cpu",
    )


def test_a_course_at_rate_0_is_goodfits_own_training() -> None:
    """A place for dropout at rate 0 shifts nothing: every validation loss is the training loop's."""
    task = _task()
    bare = Bed("real", 3, 4, lambda: task, lambda *_: made_up(0.0))
    mine = Course(bare, 0.0).run(4)
    theirs = train(task, prepare(TaskSource(task=task)).pool, Settings(seed=3)).run
    assert mine.validation == pytest.approx(theirs.history.curves["val_loss"].values, rel=1e-6)


def test_a_fork_goes_on_as_its_trunk() -> None:
    """A deep copy of a course trains on to the same numbers, and does not move the course it was taken from."""
    bare = Bed("real", 3, 4, _task, lambda *_: made_up(0.0))
    trunk = Course(bare, 0.4).run(2)
    fork = deepcopy(trunk).run(4)
    assert len(trunk.validation) == 2
    assert fork.validation == trunk.run(4).validation == Course(bare, 0.4).run(4).validation


def test_a_course_stops_early() -> None:
    """Patience ends a course as it ends a curve."""
    bare = Bed("real", 3, 60, _task, lambda *_: made_up(0.0))
    patience = Patience(floor=1, share=0.0)
    course = Course(bare, 0.0).run(60, patience)
    assert len(course.validation) == course.curve(0.0).stop(patience) < 60
