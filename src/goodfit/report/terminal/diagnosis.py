# SPDX-License-Identifier: Apache-2.0
"""The diagnosis in the terminal: headline, timeline, a line for every rule, and what to do now."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.rows import SYMBOLS, EvidenceRow, RuleRow, phase_rows, rule_rows
from goodfit.report.story import Tone, headline
from goodfit.report.terminal.ink import FAINT, INDENT, STRONG, STYLES, blank, block, heading, page_width
from goodfit.report.timeline import TimelineRow, timeline
from goodfit.report.words import plain
from goodfit.values import Diagnosis, History, Outcome, Phase

CURVE_STYLES = {"training": "cyan", "validation": "yellow"}
HEAD_SYMBOLS = {Tone.BAD: "●", Tone.WARN: "●", Tone.NOTE: "●", Tone.GOOD: "✔", Tone.OPEN: "?"}


def print_diagnosis(
    console: Console,
    history: History,
    diagnoses: Sequence[Diagnosis],
    phases: Sequence[Phase],
    *,
    verbose: bool = False,
    left_out: Sequence[str] = (),
) -> None:
    """Print what is wrong, when each phase of the run was, every rule, and what to do now.

    With `verbose` every rule has a line with its evidence and why its thresholds are what they are; without it only
    findings do, and the others are listed by what became of them. `left_out` are the codes of rules that were not
    asked for.
    """
    head = headline(history, diagnoses)
    heading(console, HEAD_SYMBOLS[head.tone], head.text, head.tone)
    if head.detail:
        block(console, head.detail, indent=INDENT)
    blank(console)
    rows = timeline(history, phase_rows(history, phases), page_width(console))
    _draw_timeline(console, rows)
    if rows:
        blank(console)
    ruled = rule_rows(history, diagnoses)
    for row in ruled:
        if row.finding or verbose:
            _draw_rule(console, row, shown_above=head.detail, verbose=verbose)
    if not verbose:
        _list_silent(console, ruled)
    if left_out:
        block(console, f"left out: {', '.join(left_out)}", lead="  – ", indent=4, style=FAINT)
    _name_probes(console, ruled)
    for warning in history.warnings:
        block(console, f"Note on the log: {warning}", lead=" !", indent=4, style="yellow")
    blank(console)
    block(
        console, Text(plain(head.todo), style=STRONG), lead=Text("→", style=STYLES[head.tone]), indent=INDENT
    )


def _list_silent(console: Console, rows: Sequence[RuleRow]) -> None:
    """The rules without a finding: those that looked, and those that could not, by what they need."""
    looked = [plain(row.name) for row in rows if row.outcome is Outcome.ABSENT]
    if looked:
        block(console, f"not found: {', '.join(looked)}", lead="  ○ ", indent=4, style=FAINT)
    needs: dict[str, list[str]] = {}
    for row in rows:
        if row.outcome is Outcome.NOT_APPLICABLE:
            needs.setdefault(row.remark or "no curve to look at", []).append(plain(row.name))
    if needs:
        listed = "; ".join(f"{', '.join(names)} ({plain(need)})" for need, names in needs.items())
        block(console, f"not looked: {listed}", lead="  – ", indent=4, style=FAINT)


def _name_probes(console: Console, rows: Sequence[RuleRow]) -> None:
    """With model and data at hand, what would settle the open questions."""
    probes: dict[str, list[str]] = {}
    for row in rows:
        if row.outcome is Outcome.INCONCLUSIVE and row.settled_by:
            probes.setdefault(row.settled_by[0], []).append(row.code)
    if probes:
        listed = ", ".join(f"{name} ({', '.join(codes)})" for name, codes in probes.items())
        words = f"goodfit probe TASK --only NAME would settle what is open: {listed}"
        block(console, words, lead=" ?", indent=4, style=FAINT)


def _draw_timeline(console: Console, rows: Sequence[TimelineRow]) -> None:
    width = max((len(row.label) for row in rows), default=0)
    for earlier, row in zip((None, *rows), rows, strict=False):
        if earlier is not None and earlier.curve and not row.curve:
            blank(console)
        style = "" if row.reached else FAINT
        lead = row.label.ljust(width) + "  " if row.label else ""  # the legend stands at the left
        line = Text(" " * INDENT + lead, style=style)
        if row.bar:
            line.append(row.bar, style=CURVE_STYLES.get(row.label, "")).append("  ")
        line.append(row.text, style=FAINT if row.curve or not row.reached else "")
        line.rstrip()
        if line.cell_len > page_width(console):  # no room for the texts in a column of their own
            block(console, f"{row.label}, {row.text}" if row.label else row.text, indent=INDENT, style=style)
        else:
            console.print(line, soft_wrap=True)


def _draw_rule(console: Console, row: RuleRow, *, shown_above: str, verbose: bool) -> None:
    name_column = 20
    style = STYLES[row.tone] if row.finding else ""
    line = Text(" " * INDENT).append(f"{row.code}  ", style=FAINT)
    line.append(plain(row.name).ljust(name_column), style=STRONG if row.finding else "")
    state = Text(f"{row.symbol} {row.outcome}", style=style if row.finding else FAINT)
    if row.remark:
        state.append(f", {plain(row.remark)}" if row.finding else f": {plain(row.remark)}", style="")
    block(console, state, lead=line, indent=line.cell_len)
    if not (row.finding or verbose):
        return
    indent = INDENT + len(row.code) + 2
    if row.message and row.message != shown_above:
        block(console, row.message, indent=indent)
    for evidence in row.evidence:
        _draw_evidence(console, evidence, indent, verbose=verbose)
    if verbose:
        for code, by in row.look_alikes:
            block(
                console,
                f"looks like {code}; told apart by {by}",
                lead=" " * indent,
                indent=indent,
                style=FAINT,
            )


def _draw_evidence(console: Console, row: EvidenceRow, indent: int, *, verbose: bool) -> None:
    lead = Text(" " * indent).append(f"{SYMBOLS[row.outcome]} ", style=FAINT)
    line = Text(f"{row.name}  ", style="").append(row.measured, style=STRONG).append(f", {row.against}")
    if verbose and row.because:
        line.append(f"  ({plain(row.because)})", style=FAINT)
    block(console, line, lead=lead, indent=indent + 2)
