# SPDX-License-Identifier: Apache-2.0
"""What the charts of the page show, as plain data: computed here, drawn elsewhere.

Every figure carries its own text alternative: a summary sentence and a table of the same numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from goodfit.report.rows import PhaseRow, phase_rows
from goodfit.report.story import axis_of, best_point
from goodfit.report.thinning import thin, thin_rows
from goodfit.report.words import moment, number, place, spoken, stages
from goodfit.rules import headline
from goodfit.values import Axis, Curve, Diagnosis, Goal, History, Onset, Phase, RunStatus, Split, Study

MOST_POINTS = 4000  # per curve; longer ones keep the lowest and highest point of every stretch
MOST_ROWS = 200  # of a data table
ROLES = {"train_loss": "train", "train_loss_eval": "train-eval", "val_loss": "val"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a chart; `y` holds None where the logged value is not a finite number."""

    label: str
    role: str  # "train", "train-eval", "val", "control", "arm", "chosen": decides colour and dash
    x: tuple[float, ...]
    y: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart and its text alternative."""

    key: str  # id of the element it is drawn in
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    summary: str
    phases: tuple[PhaseRow, ...] = ()
    onset: Onset | None = None
    best: tuple[float, float] | None = None
    best_is_highest: bool = False
    log_possible: bool = False
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=())
    rows_left_out: int = 0


def loss_figure(history: History, diagnoses: Sequence[Diagnosis], phases: Sequence[Phase]) -> Figure | None:
    """The curves that the run was judged by, with onset, phases and best checkpoint; None without curves."""
    axis = axis_of(history)
    judged = history.val or history.train
    metric = judged.metric if judged else "loss"
    curves = {n: c for n, c in history.curves.items() if _shown(c, metric, axis)}
    if not curves:
        return None
    finding = headline(diagnoses)
    onset = finding.onset if finding else None
    series = tuple(_series(name, curve) for name, curve in curves.items())
    header, rows, left_out = table(axis, series)
    return Figure(
        key="chart-loss",
        x_label=axis.value,
        y_label=spoken(metric),
        series=series,
        summary=_summary(history, onset, axis, metric),
        phases=phase_rows(history, phases),
        onset=onset,
        best=best_point(history),
        best_is_highest=bool(judged and judged.goal is Goal.MAXIMIZE),
        log_possible=all(y is None or y > 0 for each in series for y in each.y),
        header=header,
        rows=rows,
        rows_left_out=left_out,
    )


def metric_figure(history: History) -> Figure | None:
    """The first metric beside the loss: loss can rise while the metric still improves. None when there is none."""
    val, axis = history.val_metric, axis_of(history)
    if val is None or val is history.val:
        return None
    curves = {n: c for n, c in history.curves.items() if _shown(c, val.metric, axis)}
    if not curves:
        return None
    series = tuple(_series(name, curve) for name, curve in curves.items())
    header, rows, left_out = table(axis, series)
    last = next(
        (y for each in series for y in reversed(each.y) if each.role == "val" and y is not None), None
    )
    ends = f"On validation it ends at {number(last)}." if last is not None else ""
    return Figure(
        key="chart-metric",
        x_label=axis.value,
        y_label=spoken(val.metric),
        series=series,
        summary=f"{spoken(val.metric).capitalize()} by {axis}. {ends}".strip(),
        header=header,
        rows=rows,
        rows_left_out=left_out,
    )


def arms_figure(study: Study) -> Figure | None:
    """The validation curve of every arm, smallest setting first; None when no arm logged one."""
    trials = sorted((study.control, *study.trials), key=lambda trial: trial.value)
    series = []
    for trial in trials:
        curve = trial.run.history.val
        if curve is None or not len(curve) or trial.run.status is RunStatus.FAILED:
            continue
        own, chosen = trial is study.control, trial.is_at(study.chosen)
        role = "chosen" if chosen else "control" if own else "arm"
        label = f"{study.knob} {stages(trial.value, trial.earlier)}" + (" (yours)" if own else "")
        series.append(_line(label, role, curve))
    if not series:
        return None
    header, rows, left_out = table(Axis.EPOCH, series)
    return Figure(
        key="chart-arms",
        x_label="epoch",
        y_label="validation loss",
        series=tuple(series),
        summary=f"Validation loss by epoch for {len(series)} settings of the {study.knob}; "
        f"{stages(study.chosen.value, study.chosen.earlier)} {'stays' if study.control.is_at(study.chosen) else 'was chosen'}. Every arm was stopped once its minimum lay far enough back.",
        log_possible=all(y is None or y > 0 for each in series for y in each.y),
        header=header,
        rows=rows,
        rows_left_out=left_out,
    )


def table(axis: Axis, series: Iterable[Series]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], int]:
    """Join series of different x grids into one table: (header, rows, rows left out); a gap is a dash."""
    listed = list(series)
    known = [dict(zip(each.x, each.y, strict=True)) for each in listed]
    places = sorted({x for each in listed for x in each.x})
    kept = thin_rows(places, MOST_ROWS)
    rows = tuple((place(x), *(_cell(values, x) for values in known)) for x in kept)
    return (axis.value, *(each.label for each in listed)), rows, len(places) - len(kept)


def chart_data(figure: Figure) -> dict[str, Any]:
    """A figure as the JSON data that the page's script draws; every number in it is finite."""
    return {
        "key": figure.key,
        "xLabel": figure.x_label,
        "yLabel": figure.y_label,
        "series": [{"label": s.label, "role": s.role, "x": s.x, "y": s.y} for s in figure.series],
        "phases": [
            {"number": i, "start": phase.start, "end": phase.end}
            for i, phase in enumerate(figure.phases, start=1)
            if phase.start is not None
        ],
        "onset": _onset_places(figure.onset),
        "best": figure.best,
        "bestIsHighest": figure.best_is_highest,
    }


def _onset_places(onset: Onset | None) -> tuple[float, float, float] | None:
    """Low, best and high guess of the onset; without an interval all three are the same place."""
    if onset is None or not isfinite(onset.epoch):
        return None
    low = onset.low if isfinite(onset.low) else onset.epoch
    high = onset.high if isfinite(onset.high) else onset.epoch
    return low, onset.epoch, high


def _shown(curve: Curve, metric: str, axis: Axis) -> bool:
    return curve.metric == metric and curve.axis is axis and curve.split is not Split.TEST and len(curve) > 0


def _series(name: str, curve: Curve) -> Series:
    train = curve.split is Split.TRAIN
    role = ROLES.get(name, "train" if train else "val")
    where = "training" if train else "validation"
    how = " (evaluation mode)" if role == "train-eval" else ""
    return _line(f"{where} {spoken(curve.metric)}{how}", role, curve)


def _line(label: str, role: str, curve: Curve) -> Series:
    places, values = thin(curve.x, curve.values, MOST_POINTS)
    return Series(label=label, role=role, x=places, y=tuple(v if isfinite(v) else None for v in values))


def _cell(values: dict[float, float | None], x: float) -> str:
    if x not in values:
        return "–"
    value = values[x]
    return "not finite" if value is None else number(value, 4)


def _summary(history: History, onset: Onset | None, axis: Axis, metric: str) -> str:
    parts = [f"{spoken(metric).capitalize()} by {axis}."]
    train, best = history.train, best_point(history)
    if train and len(train):
        parts.append(f"Training goes from {number(train.values[0])} to {number(train.values[-1])}.")
    if history.val and best:
        last = number(history.val.values[-1])
        parts.append(
            f"The checkpoint to keep is {axis} {place(best[0])} with a validation {spoken(metric)} of"
            f" {number(best[1])}; the last one has {last}."
        )
    if onset:
        parts.append(f"The finding begins at {moment(onset, axis)}.")
    return " ".join(parts)
