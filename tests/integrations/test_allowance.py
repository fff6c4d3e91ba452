# SPDX-License-Identifier: Apache-2.0
"""Verdicts that take more than their share of the time are left out, and what matters is not."""

import logging
from math import nan
from typing import Any

import pytest
import torch

import goodfit
from goodfit.integrations._allowance import FREE, SHARE, Allowance
from goodfit.integrations._mean import Mean
from goodfit.rules import RULES, Live
from goodfit.testing._courses import falling, turning


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_a_verdict_is_earned_by_the_time_after_it() -> None:
    """After the free ones, verdicts take no more than their share of the time, however often one is asked for."""
    clock = Clock()
    allowance, spent = Allowance(clock=clock), 0.0
    for evaluation in range(5000):
        clock.now += 0.1
        if allowance.affords():
            with allowance.spending():
                clock.now += 0.005
            spent += 0.005 if evaluation >= FREE else 0.0
        else:
            allowance.left_out += 1
    assert allowance.made + allowance.left_out == 5000
    assert 0.8 * SHARE < spent / clock.now <= SHARE + 0.005 / clock.now


def test_long_epochs_are_all_judged() -> None:
    """Where a verdict is a smaller share of the time than that, none is left out."""
    clock = Clock()
    allowance = Allowance(clock=clock)
    for _ in range(100):
        clock.now += 2.0
        assert allowance.affords()
        with allowance.spending():
            clock.now += 0.005


def broke(run: Any) -> Any:
    """A watch that affords no verdict from now on."""
    run.verdicts.affords = lambda: False
    return run


def test_the_end_is_judged(caplog: pytest.LogCaptureFixture) -> None:
    """Without one verdict on the way, the close says what a watch that judged all would, and how many were left out."""
    caplog.set_level(logging.INFO)
    values = turning(14)
    whole, run = goodfit.watch(), broke(goodfit.watch())
    for epoch, value in enumerate(values):
        for each in (whole, run):
            each.log({"train/loss": 0.9**epoch, "val/loss": value}, step=epoch)
    assert run.findings == ()
    run.close()
    assert "GF101" in {each.code for each in run.findings}
    assert [each.code for each in run.findings] == [each.code for each in whole.findings]
    assert any(f"0 of {len(values)} evaluations were judged" in each.getMessage() for each in caplog.records)
    before = len(caplog.records)
    run.close()
    assert len(caplog.records) == before


def test_a_new_best_and_nan_wait_for_nothing() -> None:
    """A warning of overfitting goes at once, and NaN is told at once, also where no verdict is earned."""
    run = goodfit.watch()
    for epoch, value in enumerate(turning(14)):
        run.log({"train/loss": 0.9**epoch, "val/loss": value}, step=epoch)
    assert "GF101" in {each.code for each in run.findings}
    broke(run).log({"train/loss": 0.1, "val/loss": 0.0001}, step=15)
    assert "GF101" not in {each.code for each in run.findings}
    run.log({"train/loss": 0.1, "val/loss": nan}, step=16)
    assert "GF301" in {each.code for each in run.findings}


def test_what_acts_is_always_judged() -> None:
    """When "stop" ends a training does not depend on the speed of the machine."""
    model = torch.nn.Linear(1, 1)
    run = goodfit.watch(model, on="stop")
    run.verdicts.made, run.verdicts._earned = 10**6, 1e18
    assert run.verdicts.affords()


def test_a_healthy_end_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The verdict at the end of a healthy training raises no finding, as none stood on the way."""
    run = broke(goodfit.watch())
    for epoch, value in enumerate(falling(12)):
        run.log({"train/loss": value, "val/loss": value}, step=epoch)
    run.close()
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_the_last_look_asks_twice() -> None:
    """A finding of the last evaluation alone is not raised; `finish` holds to two in a row."""
    run = goodfit.watch()
    for epoch, value in enumerate(turning(14)):
        run.log({"train/loss": 0.9**epoch, "val/loss": value}, step=epoch)
    asked: list[int] = []

    class Counting(type(RULES[0])):  # type: ignore[misc]  # the rule of the moment
        def weigh(self, history: Any) -> Any:
            asked.append(len(history.val))
            return super().weigh(history)

    Live(rules=(Counting(),)).finish(run.history)
    assert asked == [14, 15]


def test_the_mean_of_numbers_and_tensors() -> None:
    """Losses on the processor and plain numbers have one mean, begun anew at each value; graphs are let go."""
    mean = Mean()
    assert mean.value() is None
    loss = torch.ones(1, requires_grad=True).sum() * 3
    for each in (loss, 1.0, torch.tensor(5.0)):
        mean.add(each)
    assert mean.value() == 3.0
    assert mean.value() is None
