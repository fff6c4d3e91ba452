# SPDX-License-Identifier: Apache-2.0
"""`goodfit watch --tui`: every run's line and the chosen run's curves, drawn over as logs grow.

Where nobody sees a screen, as in a pipe, each verdict that changes is a line instead.
"""

import json
import time
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from goodfit._cli.output import stdout
from goodfit.errors import SettingsError
from goodfit.report.overview import one_line
from goodfit.report.sparkline import BLOCKS
from goodfit.report.terminal.ink import FAINT, STRONG, STYLES
from goodfit.report.words import plural
from goodfit.web.board import News
from goodfit.web.following import Follower
from goodfit.web.pace import AT_MOST, rest
from goodfit.web.summaries import Summary

_BELOW = 13  # lines that the chosen run needs below the list
_FEWEST = 3  # lines of the list on the smallest screen
_WIDE = 90  # columns from which on there is room for the curve and the gap
# Names, widths in columns, and the shares of what is left.
_COLUMNS = (("", 2, 0), ("verdict", 0, 3), ("curve", 14, 0), ("gap", 7, 0), ("keep", 10, 0), ("run", 0, 2))
_ONLY_WIDE = ("curve", "gap")
Runs = Mapping[str, Summary]


def show(follower: Follower, run: str | None) -> None:
    """Draw until the program is interrupted; the cursor is then as it was.

    Raises:
        SettingsError: no run, or more than one, is called as `run` says.
        KeyboardInterrupt: it was interrupted.
    """
    console = stdout()
    runs: dict[str, Summary] = {}
    _update(follower, runs, -1)
    if run is not None and runs:
        _named(runs, run)
    if not console.is_terminal:
        _tell_lines(console, follower, runs)
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        seen, size = -1, console.size
        while True:
            begun = time.monotonic()
            news = _update(follower, runs, seen)
            if news.number != seen or console.size != size:
                seen, size = news.number, console.size
                live.update(_screen(console, follower, runs, run), refresh=True)
            time.sleep(rest(time.monotonic() - begun))


def _update(follower: Follower, runs: dict[str, Summary], seen: int) -> News:
    """Look, and take up what is new."""
    follower.look(AT_MOST if follower.begun else inf)
    news = follower.board.news(seen)
    runs.update(news.runs)
    for key in runs.keys() - set(news.keys):
        del runs[key]
    return news


def _named(runs: Runs, run: str) -> str:
    """The key of the run that is meant.

    Raises:
        SettingsError: there is none, or there are several.
    """
    exact = [key for key, each in runs.items() if each.name == run]
    found = exact or [key for key, each in runs.items() if run in each.name]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one_line(runs[key].name) for key in (found or runs))
    raise SettingsError(
        f"{len(found) or 'no'} run{'s are' if found else ' is'} called {run!r:.80}",
        where="--run",
        todo=f"name one of: {names:.400}",
    )


def _ordered(runs: Runs) -> list[str]:
    """The worst first, as on the page."""
    return sorted(runs, key=lambda key: (-runs[key].rank, not runs[key].running, runs[key].name))


def _screen(console: Console, follower: Follower, runs: Runs, run: str | None) -> RenderableType:
    if not runs:
        return Text(f"Waiting for the first line of a log in {follower.root}.", style=FAINT)
    ordered = _ordered(runs)
    chosen = ordered[0]
    if run is not None:
        chosen = next((key for key in ordered if run in runs[key].name), chosen)
    room = max(_FEWEST, console.height - _BELOW)
    running = sum(each.running for each in runs.values())
    parts: list[RenderableType] = [
        Text(f"{plural(len(runs), 'run')}, {running} running; Ctrl-C ends it", style=FAINT),
        _table(console, runs, ordered[:room], chosen),
    ]
    if len(ordered) > room:
        parts.append(Text(f"  and {len(ordered) - room} more", style=FAINT))
    found = follower.details(chosen)
    if found is not None:
        parts += ["", *_chosen(console, runs[chosen], json.loads(found))]
    return Group(*parts)


def _table(console: Console, runs: Runs, keys: Sequence[str], chosen: str) -> Table:
    wide = console.width >= _WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=FAINT, expand=True)
    for name, width, ratio in _COLUMNS:
        if wide or name not in _ONLY_WIDE:
            table.add_column(
                name, no_wrap=True, overflow="ellipsis", width=width or None, ratio=ratio or None
            )
    for key in keys:
        each = runs[key]
        style = STYLES[each.tone]
        cells = [
            Text(f"{'▸' if key == chosen else ' '}{each.symbol}", style=style),
            Text(one_line(each.short) + (" ↩" if each.withdrawn else ""), style=style),
            *((Text(_line(each.small[::3]), style="yellow"), Text(each.gap_short)) if wide else ()),
            Text(each.best.partition(" (")[0]),
            Text(one_line(each.name), style=STRONG if key == chosen else ""),
        ]
        table.add_row(*cells)
    return table


def _chosen(console: Console, summary: Summary, found: Mapping[str, Any]) -> list[RenderableType]:
    """The run's verdict first, then its curves and what to do."""
    head = found["head"]
    state = f"{'running' if summary.running else 'at rest'}, {summary.reached}"
    parts: list[RenderableType] = [
        Text(f"{summary.symbol} {one_line(head['text'])}", style=STYLES[summary.tone]),
        Text(f"  {one_line(summary.name)}, {state}", style=FAINT),
    ]
    if head["detail"]:
        parts.append(_indented("", head["detail"]))
    stretch = max(1, (min(console.width, 100) - 16) // max(1, len(summary.small) or 1))
    for label, heights, style in (
        ("training", summary.small_train, "cyan"),
        ("validation", summary.small, "yellow"),
    ):
        if heights:
            line = "".join(each * min(stretch, 2) for each in _line(heights))
            parts.append(Text(f"  {label:<12}").append(line, style=style))
    if summary.withdrawn:
        parts.append(_indented("↩ ", summary.withdrawn, "green"))
    parts.append(_indented("→ ", head["todo"], STRONG))
    return parts


def _indented(lead: str, text: str, style: str = "") -> Padding:
    """A sentence whose further lines begin where the first does."""
    return Padding(Text(lead + one_line(text), style=style), (0, 0, 0, 2))


def _line(heights: Sequence[float | None]) -> str:
    return "".join(" " if each is None else BLOCKS[round(each * (len(BLOCKS) - 1))] for each in heights)


def _tell_lines(console: Console, follower: Follower, runs: dict[str, Summary]) -> None:
    """A line for each run, and then for each verdict that changes."""
    said: dict[str, tuple[str, str]] = {}
    while True:
        begun = time.monotonic()
        for key in _ordered(runs):
            each = runs[key]
            words = (each.short.partition(" since ")[0], each.withdrawn)
            if said.get(key) != words:
                known = said.get(key, ("", ""))
                said[key] = words
                news = each.withdrawn if each.withdrawn and each.withdrawn != known[1] else each.short
                console.print(
                    f"{each.symbol} {one_line(each.name)}, {each.reached}: {one_line(news)}", soft_wrap=True
                )
        console.file.flush()
        time.sleep(rest(time.monotonic() - begun))
        _update(follower, runs, -1)
