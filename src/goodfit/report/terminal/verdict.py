# SPDX-License-Identifier: Apache-2.0
"""The verdict in the terminal: the decision first, then how it was reached and what it does not cover."""

from rich.console import Console
from rich.text import Text

from goodfit.report.terminal.ink import INDENT, blank, block, columns, facts, heading
from goodfit.report.verdict_rows import VerdictRows, verdict_rows
from goodfit.report.words import plain
from goodfit.values import Verdict


def print_verdict(console: Console, verdict: Verdict) -> None:
    """Print the decision, effect, gates, means of every metric, and the limits of the claim."""
    rows = verdict_rows(verdict)
    heading(console, rows.symbol, rows.title, rows.tone)
    block(console, rows.because, indent=INDENT)
    blank(console)
    facts(console, rows.facts)
    if rows.means:
        blank(console)
        _draw_means(console, rows)
    if rows.gates:
        blank(console)
        _draw_gates(console, rows)
    if rows.limits:
        blank(console)
        block(console, "What this does not show", style="bold")
        for limit in rows.limits:
            block(console, limit, lead="  ·", indent=4)


def _draw_means(console: Console, rows: VerdictRows) -> None:
    header = ("mean over seeds", "control", "treatment", "change")
    cells = [
        [Text(plain(row.metric)), Text(row.control), Text(row.treatment), Text(row.change)]
        for row in rows.means
    ]
    columns(console, header, cells, (False, True, True, True))


def _draw_gates(console: Console, rows: VerdictRows) -> None:
    header = ("gate", "p\nimproved", "p\nworse", "level", "passes", "how")
    cells = [
        [Text(each) for each in (row.name, row.improved_p, row.worse_p, row.level, row.passes, row.test)]
        for row in rows.gates
    ]
    columns(console, header, cells, (False, True, True, True, False, False))
