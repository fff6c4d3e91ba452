# SPDX-License-Identifier: Apache-2.0
"""The bench of the advice: its halves, and the arithmetic of regret and of the best set."""

from collections import defaultdict
from itertools import pairwise

import pytest
from advice_policies import always, at_random, followed
from advice_regret import (
    FLOOR,
    MOST,
    attainable,
    best_remedy,
    best_set,
    distinct,
    interval,
    mean_loss,
    regret_share,
    worse_p,
)
from advice_sabotage import SABOTAGES
from advice_tasks import DATA, PARTS, plans
from advice_trials import settings_of

from goodfit.tuning import Knob

NEAR = (0.50, 0.52, 0.49, 0.51, 0.50, 0.53, 0.48, 0.51)  # a loss of eight seeds


def _above(loss: float, by: tuple[float, ...] = (0.01, -0.01)) -> list[float]:
    """NEAR moved by `loss`, and a little up and down in turn."""
    return [each + loss + by[place % len(by)] for place, each in enumerate(NEAR)]


LOSSES = {
    "no-change": _above(0.5),
    "early-stopping": _above(0.25),
    "raise-dropout": list(NEAR),
    "weight-decay": _above(0.0),
}


def test_the_halves_share_no_data_and_every_sabotage_and_domain_is_in_both() -> None:
    """48 tasks or more, half and half; a half is known by its data sets; the other half has the same cells."""
    halves = {part: plans(part) for part in PARTS}
    assert len(plans()) >= 48
    assert len(halves["learn"]) == len(halves["judge"])
    data = {part: {plan.data for plan in chosen} for part, chosen in halves.items()}
    assert not data["learn"] & data["judge"]
    cells = [{(plan.sabotage, plan.domain) for plan in chosen} for chosen in halves.values()]
    assert cells[0] == cells[1]
    assert {sabotage for sabotage, _ in cells[0]} == set(SABOTAGES)
    assert {domain for _, domain in cells[0]} == set(DATA)


def test_every_task_has_a_name_of_its_own_and_every_sabotage_does_something() -> None:
    """No record overwrites another's, and no two tasks of a domain and half are the same training."""
    names = [plan.name for plan in plans()]
    assert len(set(names)) == len(names)
    alike = defaultdict(list)
    for plan in plans():
        alike[plan.part, plan.domain].append(repr(plan).partition("model=")[2].replace(plan.sabotage, ""))
    assert all(len(set(each)) == len(each) for each in alike.values())


def test_regret_is_a_share_of_what_was_to_be_gained() -> None:
    """The best loses nothing, no change all, half way half; an attainable gain is never negative."""
    assert best_remedy(LOSSES) == "raise-dropout"
    assert attainable(LOSSES) == pytest.approx(0.5)
    assert regret_share(LOSSES, "raise-dropout") == 0.0
    assert regret_share(LOSSES, "no-change") == pytest.approx(1.0)
    assert regret_share(LOSSES, "early-stopping") == pytest.approx(0.5)
    assert attainable({"no-change": list(NEAR), "early-stopping": _above(0.1)}) == 0.0


def test_regret_of_a_task_with_nothing_to_gain_is_measured_against_the_margin() -> None:
    """Half a margin lost is a half, and no disaster counts more than the cut."""
    nothing = {"no-change": [1.0] * 8, "early-stopping": [1.0 + FLOOR / 2] * 8, "raise-dropout": [9.0] * 8}
    assert regret_share(nothing, "early-stopping") == pytest.approx(0.5)
    assert regret_share(nothing, "raise-dropout") == MOST


def test_a_remedy_that_failed_is_worth_no_change() -> None:
    """Its user keeps the untreated model."""
    assert mean_loss(LOSSES, "batch-norm") == mean_loss(LOSSES, "no-change")


def test_the_best_set_holds_what_is_not_rejected() -> None:
    """A remedy that differs by noise stays; those far behind go; equal losses are never rejected, and counted once."""
    assert best_set(LOSSES) == {"raise-dropout", "weight-decay"}
    twins = {**LOSSES, "train-longer": list(LOSSES["raise-dropout"])}
    assert best_set(twins) == {"raise-dropout", "weight-decay", "train-longer"}
    assert distinct(twins, best_set(twins)) == 2


def test_holm_is_stricter_than_single_tests() -> None:
    """A difference that passes alone stays in the set among many that pass no better."""
    behind = _above(0.004)
    assert 0.05 / 10 < worse_p(behind, NEAR) < 0.2
    many = {"no-change": list(NEAR)} | {f"remedy {n}": behind for n in range(10)}
    assert best_set(many) == set(many)


def test_worse_is_one_sided() -> None:
    """The p values of both directions make one, and a constant difference decides at once."""
    assert worse_p(_above(0.003), NEAR) + worse_p(NEAR, _above(0.003)) == pytest.approx(1.0)
    assert (worse_p([1.0, 2.0], [1.0, 2.0]), worse_p([1.5, 2.5], [1.0, 2.0])) == (1.0, 0.0)


def test_who_always_does_the_same_stops_early_where_it_cannot_be_done() -> None:
    """The fallback of a simple policy is early stopping, never no change."""
    assert always("batch-norm")(LOSSES) == always("early-stopping")(LOSSES) == pytest.approx(0.5)
    assert always("raise-dropout")(LOSSES) == 0.0


def test_a_random_remedy_is_the_mean_over_those_that_apply() -> None:
    """No change is no remedy."""
    shares = [regret_share(LOSSES, each) for each in LOSSES if each != "no-change"]
    assert at_random(LOSSES) == pytest.approx(sum(shares) / 3)


def test_advice_that_cannot_be_carried_out_gives_way_to_the_next() -> None:
    """Without any that can, nothing is changed."""
    assert followed(("more-data", "weight-decay", "raise-dropout"), LOSSES) == "weight-decay"
    assert followed(("more-data",), LOSSES) == "no-change"


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    """And more tasks make it narrower."""
    few, many = interval([0.0, 1.0] * 6), interval([0.0, 1.0] * 60)
    assert few == interval([0.0, 1.0] * 6)
    assert all(low < 0.5 < high for low, high in (few, many))
    assert many[1] - many[0] < few[1] - few[0]


def test_every_remedy_gets_three_settings_where_there_are_three() -> None:
    """Those that are usually tried come first, then those beyond."""
    knob = Knob(
        name="a", unit="", own=0.0, values=(3.0, 10.0), milder=2.0, stronger=30.0, apply=lambda s, _: s
    )
    assert settings_of(knob) == (3.0, 10.0, 30.0)
    assert all(len(set(pair)) == 2 for pair in pairwise(settings_of(knob)))
