# SPDX-License-Identifier: Apache-2.0
"""Cost against what is kept, one point a way; the frontier is joined and named, and so are the peers."""

from collections.abc import Sequence
from pathlib import Path

from dose_optuna import PEERS
from dose_table import Row, frontier
from matplotlib.figure import Figure

FIRST_COST = 0.02  # T: the left end of the axis


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the picture."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.add_subplot()
    peers = {way.name for way in PEERS}
    best = frontier(rows)
    for row in rows:
        is_peer, is_best = row.name in peers, row.name in best
        colour = "#b3541e" if is_peer else "#1f5a99"
        share, low, high = row.kept
        if is_peer or is_best:
            axes.vlines(row.cost_mean, low, high, color=colour, alpha=0.25, linewidth=1)
            axes.annotate(row.name, (row.cost_mean, share), (4, -3), textcoords="offset points", fontsize=6.5)
        axes.plot(
            row.cost_mean,
            share,
            marker="s" if is_peer else "o",
            color=colour,
            alpha=1.0 if is_peer or is_best else 0.35,
            markersize=5,
            linestyle="",
        )
    line = [row for name in best for row in rows if row.name == name]
    axes.plot([row.cost_mean for row in line], [row.kept[0] for row in line], color="#1f5a99", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlim(left=max(FIRST_COST, 0.7 * min(row.cost_mean for row in rows)))
    axes.set_ylim(bottom=min(0.0, *(row.kept[0] for row in rows)), top=1.3)
    axes.axhline(1.0, color="#888888", linewidth=0.6, linestyle=":")
    axes.set_xlabel("mean cost of the search, planned runs (T)")
    axes.set_ylabel("share of the oracle's test gain kept")
    axes.set_title(
        "Squares: Optuna; circles: goodfit's candidates and grids; bars: 95 % intervals", fontsize=9
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format=path.suffix[1:], dpi=110)
