# SPDX-License-Identifier: Apache-2.0
"""What the probes found, in the terminal: how many findings, and for each probe its answer, evidence and advice."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.rows import SYMBOLS, evidence_row
from goodfit.report.story import SEVERITY_WORDS, Tone
from goodfit.report.terminal.ink import FAINT, INDENT, STRONG, STYLES, blank, block, heading
from goodfit.report.words import fixed, number, plain, plural
from goodfit.values import Outcome, ProbeResult, Severity

_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN, Severity.NOTE: Tone.NOTE}
_SHORT = 10.0  # seconds; below it two decimals are worth reading


def print_probes(
    console: Console, task: str, results: Sequence[ProbeResult], *, verbose: bool = False
) -> None:
    """Print every probe's line; with `verbose` the evidence of those without a finding too."""
    heading(console, *_headline(task, results))
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
            lead=Text("→", style=STYLES[_tone(result)]),
            indent=INDENT,
        )


def _headline(task: str, results: Sequence[ProbeResult]) -> tuple[str, str, Tone]:
    found = [each for each in results if each.outcome is Outcome.PRESENT]
    looked = [each for each in results if each.outcome in (Outcome.ABSENT, Outcome.INCONCLUSIVE)]
    blind = len(results) - len(found) - len(looked)
    said = f"{task}: {plural(len(results), 'probe')}"
    rest = f"; {blind} could not look" if blind else ""
    if not found:
        tone, symbol = (Tone.GOOD, "✔") if looked and not blind else (Tone.OPEN, "?")
        return symbol, f"{said}, no finding{rest}", tone
    worst = max(found, key=lambda each: each.severity.rank if each.severity else 0)
    return "●", f"{said}, {plural(len(found), 'finding')}{rest}", _tone(worst)


def _tone(result: ProbeResult) -> Tone:
    return _TONES[result.severity] if result.severity else Tone.OPEN


def _draw(console: Console, result: ProbeResult, width: int, *, verbose: bool) -> None:
    shown = result.outcome in (Outcome.PRESENT, Outcome.INCONCLUSIVE, Outcome.ERROR)
    present = result.outcome is Outcome.PRESENT
    line = Text(" " * INDENT).append(result.probe.ljust(width), style=STRONG if shown else "")
    state = Text(
        f"{SYMBOLS[result.outcome]} {result.outcome}", style=STYLES[_tone(result)] if shown else FAINT
    )
    if present and result.severity:
        state.append(f", {SEVERITY_WORDS[result.severity]} ({result.severity})", style="")
    state.append(f"  {_took(result.seconds)}", style=FAINT)
    block(console, state, lead=line, indent=line.cell_len)
    block(console, result.message, indent=2 * INDENT, style="" if shown else FAINT)
    for evidence in result.evidence if shown or verbose else ():
        row = evidence_row(evidence)
        lead = Text(" " * 2 * INDENT).append(f"{SYMBOLS[row.outcome]} ", style=FAINT)
        text = Text(f"{row.name}  ").append(row.measured, style=STRONG).append(f", {row.against}")
        if verbose and row.because:
            text.append(f"  ({plain(row.because)})", style=FAINT)
        block(console, text, lead=lead, indent=2 * INDENT + 2)


def _took(seconds: float) -> str:
    return f"{fixed(seconds, 2) if seconds < _SHORT else number(seconds)} s"
