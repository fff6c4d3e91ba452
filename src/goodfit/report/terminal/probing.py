# SPDX-License-Identifier: Apache-2.0
"""What the probes found, in the terminal: how many findings, and for each probe its answer, evidence and advice."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.probe_rows import probe_tone, probes_headline, took
from goodfit.report.rows import SYMBOLS, evidence_row
from goodfit.report.story import SEVERITY_WORDS
from goodfit.report.terminal.ink import FAINT, INDENT, STRONG, STYLES, blank, block, heading
from goodfit.report.words import plain
from goodfit.values import Outcome, ProbeResult


def print_probes(
    console: Console, task: str, results: Sequence[ProbeResult], *, verbose: bool = False
) -> None:
    """Print every probe's line; with `verbose` the evidence of those without a finding too."""
    heading(console, *probes_headline(task, results))
    blank(console)
    width = max((len(each.probe) for each in results), default=0) + 2
    for result in results:
        _draw(console, result, width, verbose=verbose)
    todo = [each for each in results if each.advice and each.outcome is Outcome.PRESENT]
    if todo:
        blank(console)
    for result in todo:
        block(
            console,
            Text(plain(result.advice), style=STRONG),
            lead=Text("→", style=STYLES[probe_tone(result)]),
            indent=INDENT,
        )


def _draw(console: Console, result: ProbeResult, width: int, *, verbose: bool) -> None:
    shown = result.outcome in (Outcome.PRESENT, Outcome.INCONCLUSIVE, Outcome.ERROR)
    present = result.outcome is Outcome.PRESENT
    line = Text(" " * INDENT).append(result.probe.ljust(width), style=STRONG if shown else "")
    state = Text(
        f"{SYMBOLS[result.outcome]} {result.outcome}", style=STYLES[probe_tone(result)] if shown else FAINT
    )
    if present and result.severity:
        state.append(f", {SEVERITY_WORDS[result.severity]} ({result.severity})", style="")
    state.append(f"  {took(result.seconds)}", style=FAINT)
    block(console, state, lead=line, indent=line.cell_len)
    block(console, result.message, indent=2 * INDENT, style="" if shown else FAINT)
    for evidence in result.evidence if shown or verbose else ():
        row = evidence_row(evidence)
        lead = Text(" " * 2 * INDENT).append(f"{SYMBOLS[row.outcome]} ", style=FAINT)
        text = Text(f"{row.name}  ").append(row.measured, style=STRONG).append(f", {row.against}")
        if verbose and row.because:
            text.append(f"  ({plain(row.because)})", style=FAINT)
        block(console, text, lead=lead, indent=2 * INDENT + 2)
