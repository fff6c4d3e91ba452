# SPDX-License-Identifier: Apache-2.0
"""What the charts show, before anything is drawn."""

import json
import math
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

from goodfit.report.figures import MOST_ROWS, arms_figure, chart_data, loss_figure, metric_figure
from goodfit.report.pairs import pair_figure, pair_gains
from goodfit.report.thinning import thin, thin_rows
from goodfit.values import Arm, Axis, Curve, Goal, History, Onset, Report, RunStatus, Split

DEMO: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("report_demo.py")))
RUNS: dict[str, Any] = DEMO["RUNS"]
REPORT: Report = DEMO["make_report"]()


def _history(train: list[float | None], val: list[float | None]) -> History:
    return History(
        curves={
            "train_loss": Curve.of(train, split=Split.TRAIN),
            "val_loss": Curve.of(val, split=Split.VALIDATION),
        }
    )


def test_the_loss_figure_shows_the_judged_curves() -> None:
    """Training as logged, training in evaluation mode and validation, with onset, phases and best checkpoint."""
    figure = loss_figure(REPORT.history, REPORT.diagnoses, REPORT.phases)
    assert figure is not None
    assert [series.role for series in figure.series] == ["train", "train-eval", "val"]
    assert figure.onset == REPORT.diagnoses[0].onset
    assert len(figure.phases) == 4
    best = min(REPORT.history.curves["val_loss"].values)
    assert figure.best is not None
    assert figure.best[1] == best
    assert figure.log_possible


def test_curves_of_different_grids_meet_in_one_table() -> None:
    """A point that only one curve has leaves a dash in the other's column."""
    history = _history([3, 2, 1, 0.5], [2.5, None, 1.5, None])
    figure = loss_figure(history, (), ())
    assert figure is not None
    assert figure.header == ("epoch", "training loss", "validation loss")
    assert figure.rows == (("0", "3", "2.5"), ("1", "2", "–"), ("2", "1", "1.5"), ("3", "0.5", "–"))


def test_a_value_that_is_not_finite_becomes_a_gap() -> None:
    """NaN and infinities are null in the chart's data and are named in the table."""
    history = _history([3, math.nan, math.inf], [2, 1, 4])
    figure = loss_figure(history, (), ())
    assert figure is not None
    data = json.loads(json.dumps(chart_data(figure), allow_nan=False))
    assert data["series"][0]["y"] == [3.0, None, None]
    assert figure.rows[1][1] == "not finite"


def test_an_onset_without_an_interval_is_one_line() -> None:
    """NaN bounds never reach the chart."""
    onset = Onset(epoch=9, low=math.nan, high=math.nan)
    finding = replace(REPORT.diagnoses[0], onset=onset)
    figure = loss_figure(REPORT.history, (finding,), ())
    assert figure is not None
    assert chart_data(figure)["onset"] == (9, 9, 9)
    nowhere = replace(figure, onset=Onset(epoch=math.nan, low=math.nan, high=math.nan))
    assert chart_data(nowhere)["onset"] is None


def test_no_curves_give_no_figure() -> None:
    """An empty history has nothing to draw; a curve without points neither."""
    assert loss_figure(History(curves={}), (), ()) is None
    assert loss_figure(_history([], []), (), ()) is None
    assert metric_figure(History(curves={})) is None


def test_a_metric_to_maximise_has_its_best_point_on_top() -> None:
    """For accuracy the best checkpoint is the highest value."""
    curve = Curve.of([0.5, 0.9, 0.8], split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE)
    figure = loss_figure(History(curves={"val_accuracy": curve}), (), ())
    assert figure is not None
    assert figure.best == (1.0, 0.9)
    assert figure.best_is_highest


def test_a_curve_on_another_axis_is_not_mixed_in() -> None:
    """Steps and epochs never share one chart."""
    steps = Curve.of([3, 2], split=Split.TRAIN, axis=Axis.STEP)
    val = Curve.of([3, 2], split=Split.VALIDATION)
    figure = loss_figure(History(curves={"train_loss": steps, "val_loss": val}), (), ())
    assert figure is not None
    assert [series.role for series in figure.series] == ["val"]


def test_the_metric_figure_stands_beside_the_loss() -> None:
    """The validation metric has its own figure, and none when it is what the run is judged by."""
    figure = metric_figure(REPORT.history)
    assert figure is not None
    assert figure.y_label == "accuracy"
    only = History(curves={"val_accuracy": REPORT.history.curves["val_accuracy"]})
    assert metric_figure(only) is None


def test_every_arm_that_ran_is_drawn() -> None:
    """The user's own setting and the chosen one stand out; a failed arm has no curve."""
    study = RUNS["make_study"]()
    figure = arms_figure(study)
    assert figure is not None
    assert [series.role for series in figure.series] == ["control", "arm", "chosen", "arm"]
    failed = replace(study.trials[0], run=replace(study.trials[0].run, status=RunStatus.FAILED))
    fewer = arms_figure(replace(study, trials=(failed, *study.trials[1:])))
    assert fewer is not None
    assert len(fewer.series) == 3


def test_thinning_keeps_the_extremes() -> None:
    """A long curve keeps its ends, its spike and its one broken point."""
    x = [float(i) for i in range(10_000)]
    values = [1.0 + (i % 7) / 100 for i in range(10_000)]
    values[4321], values[7777] = 50.0, math.nan
    places, kept = thin(x, values, 400)
    assert len(places) <= 400
    assert places[0] == 0
    assert places[-1] == 9999
    assert 50.0 in kept
    assert 7777.0 in places
    assert list(places) == sorted(places)


def test_a_long_table_is_thinned_and_says_so() -> None:
    """At most MOST_ROWS rows stay, the last among them, and the number left out is known."""
    history = _history([1.0 + 1 / (i + 1) for i in range(1000)], [1.0] * 1000)
    figure = loss_figure(history, (), ())
    assert figure is not None
    assert len(figure.rows) <= MOST_ROWS
    assert figure.rows[-1][0] == "999"
    assert figure.rows_left_out == 1000 - len(figure.rows)
    assert thin_rows([1.0, 2.0], 5) == (1.0, 2.0)


def test_pairs_need_both_arms() -> None:
    """A seed whose treatment failed is no pair; gains are control minus treatment."""
    runs = RUNS["make_runs"]()
    gains = pair_gains(runs)
    assert [seed for seed, _ in gains] == [101, 102, 103, 104, 105]
    assert all(gain > 0 for _, gain in gains)
    broken = [
        replace(r, status=RunStatus.FAILED) if r.seed == 101 and r.arm is Arm.TREATMENT else r for r in runs
    ]
    assert len(pair_gains(broken)) == 4


def test_the_dot_plot_keeps_order_and_stays_inside() -> None:
    """Places lie between 0 and 1 and are ordered as the gains are."""
    figure = pair_figure(RUNS["make_runs"](), RUNS["make_verdict"]())
    assert figure is not None
    by_gain = sorted(figure.dots, key=lambda dot: dot.gain)
    places = [dot.place for dot in by_gain]
    assert places == sorted(places)
    assert (
        0
        <= figure.margin_low
        < figure.zero
        < figure.margin_high
        < figure.low
        < figure.mean
        < figure.high
        <= 1
    )
    assert pair_figure((), RUNS["make_verdict"]()) is None


def test_the_dot_plot_survives_an_unbounded_interval() -> None:
    """One pair has no interval: infinite bounds fill the scale and NaN stands at its left end."""
    verdict = RUNS["make_verdict"]()
    effect = replace(verdict.effect, low=-math.inf, high=math.inf)
    figure = pair_figure(RUNS["make_runs"](), replace(verdict, effect=effect))
    assert figure is not None
    assert (figure.low, figure.high) == (0.0, 1.0)
