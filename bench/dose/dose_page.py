# SPDX-License-Identifier: Apache-2.0
"""The page of one part: what there was to gain, and what every way kept of it at which cost."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isnan
from statistics import median

import numpy as np
import optuna
import torch
from dose_score import Base, mean_error, worth
from dose_table import Row, frontier

HOW = """\
T is the length of the run that the user planned, fixed before anything was compared (`bench/dose/horizons.json`). The
user's own run, without dropout, is there before any search and costs nothing; all ways may use it, and ship it where what
they picked has a higher validation loss. A network counts at its best checkpoint on validation. The oracle takes the best
of 20 rates on validation. `kept` is the share of the oracle's gain on the test set, pooled over the tasks whose gain is above two
standard errors, with the 95 % interval of a bootstrap over tasks and seeds. `runs` are untreated runs stopped early.
Harm is the rise of the test loss on the worse control, as a share, with its one-sided 95 % limit over seeds: as shipped, and
as picked, without the own run to fall back on. Ways marked * are on the frontier: no other is both cheaper on average and keeps as much."""


def page(
    part: str, rows: Sequence[Row], bases: Mapping[str, Sequence[Base]], controls: frozenset[str]
) -> str:
    """The whole page as Markdown."""
    seeds = len(next(iter(bases.values())))
    written = (
        f"Written by bench/dose/dose.py on {datetime.now(tz=UTC):%Y-%m-%d}; {len(bases)} tasks, {seeds} seeds, "
        f"torch {torch.__version__}, optuna {optuna.__version__}, numpy {np.__version__}, {os.cpu_count()} cores, "
        "one thread a training."
    )
    head = [
        f"# Ways of finding a dropout rate: the tasks `{part}`",
        "",
        written,
        "",
        HOW,
        "",
    ]
    return "\n".join([*head, *_tasks(bases, controls), "", *_ways(rows), "", *_shares(rows, bases), ""])


def _tasks(bases: Mapping[str, Sequence[Base]], controls: frozenset[str]) -> list[str]:
    lines = [
        "| task | T | own run stops after | own test loss | oracle's gain, % of it | oracle's rates | counts |",
        "|---|---|---|---|---|---|---|",
    ]
    for task, row in bases.items():
        own = float(np.mean([each.own_test for each in row]))
        gain, error = mean_error([each.gain for each in row])
        counts = "control" if task in controls else "yes" if worth(row) else "no: gain within 2 SE"
        rates = " ".join(f"{each.oracle_rate:g}" for each in row)
        lines.append(
            f"| {task} | {row[0].horizon} | {median(each.own_epochs for each in row):g} | {own:.4f} "
            f"| {100 * gain / own:.2f} ± {100 * error / own:.2f} | {rates} | {counts} |"
        )
    return lines


def _ways(rows: Sequence[Row]) -> list[str]:
    best = frontier(rows)
    lines = [
        "| way | cost, T: median (mean, most) | runs | CPU s | kept | worst task | control cost, T | harm %: mean, limit | harm as picked %, limit |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        share, low, high = row.kept
        lines.append(
            f"| {row.name}{' *' if row.name in best else ''} | {row.cost:.2f} ({row.cost_mean:.2f}, {row.cost_most:.1f}) "
            f"| {row.runs:.1f} | {row.seconds:.1f} | {share:.2f} [{low:.2f}, {high:.2f}] "
            f"| {min(each[0] for each in row.by_task.values()):.2f} | {row.control_cost:.2f} "
            f"| {100 * row.harm[0]:.2f}, {100 * row.harm[1]:.2f} | {100 * row.raw_harm[0]:.2f}, {100 * row.raw_harm[1]:.2f} |"
        )
    return lines


def _shares(rows: Sequence[Row], bases: Mapping[str, Sequence[Base]]) -> list[str]:
    """Kept by task with Fieller's interval over seeds, and the median rate in brackets."""
    counted = list(rows[0].by_task)
    lines = [
        "Kept by task, with Fieller's 95 % interval over seeds, and the median of the rates chosen:",
        "",
        f"| way | {' | '.join(bases)} |",
        f"|---|{'---|' * len(bases)}",
    ]
    for row in rows:
        cells = []
        for task in bases:
            rate = "" if isnan(row.rates[task]) else f"at {row.rates[task]:g}"
            kept = "{:.2f} [{:.2f}, {:.2f}] ".format(*row.by_task[task]) if task in counted else ""
            cells.append(f"{kept}{rate}")
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return lines
