# SPDX-License-Identifier: Apache-2.0
"""Cost against what is kept, one point a way; the frontier is joined, and its ways and Optuna's have numbers and names."""

from collections.abc import Sequence
from pathlib import Path

from dose_optuna import PEERS
from dose_table import Row, frontier
from matplotlib.axes import Axes
from matplotlib.figure import Figure

OURS, THEIRS = "#1f5a99", "#b3541e"
OWN = "(goodfit)"  # in the name of what is shipped, which is named wherever it lies
TICKS = (0.2, 0.5, 1, 2, 5, 10, 20)  # T


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the picture."""
    figure = Figure(figsize=(11, 6.2), layout="constrained")
    axes, names = figure.subplots(1, 2, width_ratios=(3, 1.5))
    peers, best = {way.name for way in PEERS}, frontier(rows)
    named = sorted(
        (row for row in rows if row.name in peers or row.name in best or OWN in row.name),
        key=lambda row: row.cost_mean,
    )
    for row in rows:
        if row not in named:
            axes.plot(row.cost_mean, row.kept[0], "o", color=OURS, alpha=0.3, markersize=4)
    line = [row for row in named if row.name in best]
    axes.plot([row.cost_mean for row in line], [row.kept[0] for row in line], color=OURS, linewidth=0.8)
    names.axis("off")
    for number, row in enumerate(named, start=1):
        colour = THEIRS if row.name in peers else OURS
        _point(axes, row, number, colour)
        names.text(0.0, 1 - number / (len(named) + 1), f"{number}  {row.name}", fontsize=7, color=colour)
    _axes(axes, rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format=path.suffix[1:], dpi=110)


def _point(axes: Axes, row: Row, number: int, colour: str) -> None:
    share, low, high = row.kept
    axes.vlines(row.cost_mean, low, high, color=colour, alpha=0.25, linewidth=1)
    axes.plot(row.cost_mean, share, "s" if colour == THEIRS else "o", color=colour, markersize=5)
    place = (4, -8) if number % 2 else (-4, 5)  # neighbours lie close
    axes.annotate(
        str(number), (row.cost_mean, share), place, textcoords="offset points", fontsize=7, color=colour
    )


def _axes(axes: Axes, rows: Sequence[Row]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.set_xticks([], minor=True)
    axes.set_ylim(
        bottom=min(0.0, *(row.kept[1] for row in rows)), top=max(1.1, *(row.kept[2] for row in rows))
    )
    axes.axhline(1.0, color="#888888", linewidth=0.6, linestyle=":")
    axes.set_xlabel("mean cost of the search, planned runs (T)")
    axes.set_ylabel("share of the oracle's test gain kept")
    axes.set_title("Squares: Optuna; circles: others, the frontier joined; bars: 95 % intervals", fontsize=9)
