# SPDX-License-Identifier: Apache-2.0
"""Many runs in the terminal: one line each, the worst first; then the files that hold none, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from goodfit.report.story import Tone, axis_of
from goodfit.report.terminal.ink import FAINT, INDENT, NARROWEST, STRONG, STYLES, blank, heading
from goodfit.report.words import place, plain, plural, spoken
from goodfit.rules import headline, healthy
from goodfit.values import Diagnosis, History, Outcome, Severity

_TONES = {Severity.NOTE: Tone.NOTE, Severity.WARNING: Tone.WARN, Severity.ERROR: Tone.BAD}
_GOOD, _UNSETTLED = "no finding", "not settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """What one line says of one run; small, so that those of many thousand runs can be sorted."""

    path: str
    severity: Severity | None  # of the worst finding
    since: str  # "epoch 17"; empty where the finding begins nowhere
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file that holds no run, and why."""

    path: str
    reason: str


def run_line(path: str, history: History, diagnoses: Sequence[Diagnosis], *, all_findings: bool) -> RunLine:
    """The line of one run: its headline, or all its findings."""
    found = [each for each in diagnoses if each.outcome is Outcome.PRESENT]
    first = headline(diagnoses)
    worst = max((each.severity for each in found if each.severity), key=lambda s: s.rank, default=None)
    if first is None:
        text = _GOOD if healthy(diagnoses) is Outcome.PRESENT else _UNSETTLED
        return RunLine(path=path, severity=worst, since="", found=text)
    names = [first, *(each for each in found if each is not first)] if all_findings else [first]
    since = f"{axis_of(history)} {place(first.onset.epoch)}" if first.onset else ""
    return RunLine(
        path=path, severity=worst, since=since, found=", ".join(spoken(each.name) for each in names)
    )


def print_runs(console: Console, lines: Sequence[RunLine], unread: Sequence[Unread]) -> None:
    """Print the worst runs first, as wide as the console allows; paths stand last and wrap."""
    heading(console, *_summary(lines, unread))
    blank(console)
    ordered = sorted(
        lines, key=lambda line: -1 if line.severity is None else line.severity.rank, reverse=True
    )
    cells = [(_graded(line), line.since, line.found) for line in ordered]
    heads = ("severity", "since", "finding")
    widths = [max(len(row[i]) for row in (heads, *cells)) for i in range(len(heads))]
    widths[-1] = max(
        len(heads[-1]), min(widths[-1], console.width - INDENT - sum(widths[:-1]) - 6 - NARROWEST)
    )
    _row(console, heads, widths, "path", (FAINT, FAINT))
    for line, row in zip(ordered, cells, strict=True):
        _row(console, row, widths, line.path, (STYLES[_tone(line)], STRONG if line.severity else ""))
    if unread:
        blank(console)
        console.print(Text(" " * INDENT + f"{plural(len(unread), 'file')} without a run that could be read"))
    for each in unread:
        _wrapped(
            console, Text(" " * INDENT + "· "), f"{_one_line(each.path)}: {_one_line(each.reason)}", FAINT
        )


def _summary(lines: Sequence[RunLine], unread: Sequence[Unread]) -> tuple[str, str, Tone]:
    counted = Counter(line.severity for line in lines)
    graded = [f"{each} in {counted[each]}" for each in reversed(Severity) if counted[each]]
    said = f"{plural(len(lines), 'run')}: {'worst finding ' if graded else ''}{', '.join(graded) or 'no finding'}"
    rest = f"; {plural(len(unread), 'file')} not read" if unread else ""
    worst = max((line.severity for line in lines if line.severity), key=lambda s: s.rank, default=None)
    tone = _TONES[worst] if worst else Tone.GOOD if _all_good(lines) else Tone.OPEN
    return ("●" if worst else "✔" if tone is Tone.GOOD else "?"), said + rest, tone


def _all_good(lines: Sequence[RunLine]) -> bool:
    return all(line.found == _GOOD for line in lines)


def _graded(line: RunLine) -> str:
    return str(line.severity) if line.severity else "-"


def _tone(line: RunLine) -> Tone:
    if line.severity:
        return _TONES[line.severity]
    return Tone.GOOD if line.found == _GOOD else Tone.OPEN


def _row(
    console: Console, cells: Sequence[str], widths: Sequence[int], path: str, styles: tuple[str, str]
) -> None:
    lead = Text(" " * INDENT)
    lead.append(cells[0].ljust(widths[0]) + "  ", style=styles[0])
    lead.append(cells[1].ljust(widths[1]) + "  ", style=FAINT)
    shown = cells[2] if len(cells[2]) <= widths[2] else cells[2][: widths[2] - 1] + "…"
    lead.append(shown.ljust(widths[2]) + "  ", style=styles[1])
    _wrapped(console, lead, _one_line(path), FAINT if path == "path" else "")


def _wrapped(console: Console, lead: Text, text: str, style: str) -> None:
    """Print `text` after `lead`, in a column of its own where it does not fit on one line."""
    body = Text(text, style=style)
    width = max(NARROWEST, console.width - lead.cell_len)
    for at, line in enumerate([body] if body.cell_len <= width else body.wrap(console, width)):
        whole = Text.assemble(lead if at == 0 else " " * lead.cell_len, line)
        whole.rstrip()
        console.print(whole, soft_wrap=True)


def _one_line(text: str) -> str:
    """A stranger's name without anything that moves the cursor."""
    return plain(text).replace("\n", "�").replace("\t", "�")
