# SPDX-License-Identifier: Apache-2.0
"""The search for a dose and the verdict, as printed in the terminal."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from goodfit.report import print_study, print_verdict
from goodfit.values import Decision, RunStatus

RUNS: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("report_demo_runs.py")))


def _text(draw: Callable[[Console], None], width: int = 100) -> str:
    out = StringIO()
    draw(Console(file=out, width=width, no_color=True))
    return out.getvalue()


def test_a_study_shows_every_arm_and_its_cost() -> None:
    """Arms come in the knob's order; the chosen one is marked; the gain is called optimistic."""
    study = RUNS["make_study"]()
    text = _text(lambda c: print_study(c, study))
    rows = [
        line.split()[0] for line in text.splitlines() if line.startswith("  ") and line.split()[0][0] == "0"
    ]
    assert rows == ["0", "0.2", "0.4", "0.6"]
    chosen = next(line for line in text.splitlines() if "chosen" in line)
    assert chosen.split()[0] == "0.4"
    assert "optimistic" in text
    assert "89 epochs, that is 148 % of one run as planned" in text


def test_a_study_that_keeps_the_users_setting_says_so() -> None:
    """When no other setting wins there is no gain to report; a failed arm shows its error."""
    study = RUNS["make_study"]()
    failed = replace(
        study.trials[0], run=replace(study.trials[0].run, status=RunStatus.FAILED, error="NaN loss")
    )
    kept = replace(study, chosen=replace(study.chosen, value=0.0), trials=(failed,))
    text = _text(lambda c: print_study(c, kept))
    assert "Your own setting stays" in text
    assert "failed: NaN loss" in text


@pytest.mark.parametrize("decision", list(Decision))
def test_every_decision_is_said_first(decision: Decision) -> None:
    """The first line of a verdict is its decision in words."""
    verdict = RUNS["make_verdict"](decision)
    first = _text(lambda c: print_verdict(c, verdict)).splitlines()[0]
    assert decision.capitalize() in first


def test_a_verdict_shows_how_it_was_reached() -> None:
    """Effect with interval in loss and per cent, gates with p, means, hold-out reads and limits are all there."""
    text = _text(lambda c: print_verdict(c, RUNS["make_verdict"]()))
    assert "0.0157 [0.0080, 0.0233] = 4.6 % [2.3, 6.8]" in text
    assert "0.031" in text
    assert "< 0.001" in text
    assert "5 of 5 seeds" in text
    assert "read once" in text
    assert "accuracy" in text
    assert "What this does not show" in text


def test_one_pair_is_labelled_so() -> None:
    """A verdict from one seed names the two checkpoints, and shows no interval where there is none."""
    nan = float("nan")
    verdict = RUNS["make_verdict"]()
    alone = replace(
        verdict,
        seeds=(101,),
        wins=1,
        effect=replace(verdict.effect, low=nan, high=nan, method="one pair: no interval over seeds"),
        probability_better=replace(verdict.probability_better, value=nan, low=nan, high=nan),
        smallest_detectable=float("inf"),
        relative=nan,
    )
    text = _text(lambda c: print_verdict(c, alone))
    assert "(these two checkpoints only)" in text.splitlines()[0]
    assert "0.0157 = 4.6 % (one pair: no interval over seeds)" in text
    assert "not known" in text
    assert "no difference, however large" in text
    assert "NaN" not in text


@pytest.mark.parametrize(("seconds", "said"), [(42.0, "42 s"), (90.0, "1.5 min"), (5400.0, "1.5 h")])
def test_durations_read_as_spoken(seconds: float, said: str) -> None:
    """Seconds, minutes and hours are chosen by size."""
    study = RUNS["make_study"]()
    dear = replace(study, cost=replace(study.cost, seconds=seconds))
    assert said in _text(lambda c: print_study(c, dear), 160)
