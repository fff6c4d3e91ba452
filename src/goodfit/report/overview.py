# SPDX-License-Identifier: Apache-2.0
"""Many runs in short: the value that JSON carries, and the line that terminal and Markdown draw."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from goodfit.report.sparkline import sparkline
from goodfit.report.story import Tone, axis_of
from goodfit.report.words import place, plain, plural, spoken
from goodfit.rules import headline, healthy
from goodfit.values import Diagnosis, History, Outcome, RunOverview, Severity, UnreadFile

SPARK = 12  # columns of a run's curve
_TONES = {Severity.NOTE: Tone.NOTE, Severity.WARNING: Tone.WARN, Severity.ERROR: Tone.BAD}
_GOOD, _UNSETTLED, _UNJUDGED = "no finding", "not settled", "cannot be judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """What one line says of one run; small, so that those of many thousand runs can be sorted."""

    path: str
    severity: Severity | None  # of the worst finding
    curve: str  # validation as a sparkline, or training where that is all there is
    since: str  # "epoch 17"; empty where the finding begins nowhere
    found: str
    healthy: bool

    @property
    def tone(self) -> Tone:
        """How the line is meant."""
        return _TONES[self.severity] if self.severity else Tone.GOOD if self.healthy else Tone.OPEN


def worst(diagnoses: Iterable[Diagnosis]) -> Severity | None:
    """The severity of the worst finding; None without one."""
    found = (each.severity for each in diagnoses if each.outcome is Outcome.PRESENT and each.severity)
    return max(found, key=lambda each: each.rank, default=None)


def run_overview(path: str, history: History, diagnoses: Sequence[Diagnosis]) -> RunOverview:
    """One run as a value: what was found in full, of the other rules only their outcome."""
    first = headline(diagnoses)
    return RunOverview(
        path=path,
        severity=worst(diagnoses),
        headline=first.code if first else None,
        healthy=healthy(diagnoses),
        outcomes={each.code: each.outcome for each in diagnoses},
        findings=tuple(each for each in diagnoses if each.outcome is Outcome.PRESENT),
        warnings=history.warnings,
    )


def run_line(path: str, history: History, diagnoses: Sequence[Diagnosis], *, all_findings: bool) -> RunLine:
    """The line of one run: its headline, or all its findings."""
    found = [each for each in diagnoses if each.outcome is Outcome.PRESENT]
    first, health = headline(diagnoses), healthy(diagnoses)
    judged = history.val or history.train
    since, text = "", {Outcome.PRESENT: _GOOD, Outcome.NOT_APPLICABLE: _UNJUDGED}.get(health, _UNSETTLED)
    if first is not None:
        named = [first, *(each for each in found if each is not first)] if all_findings else [first]
        since = f"{axis_of(history)} {place(first.onset.epoch)}" if first.onset else ""
        text = ", ".join(spoken(each.name) for each in named)
    return RunLine(
        path=path,
        severity=worst(diagnoses),
        curve=sparkline(judged, SPARK) if judged else "",
        since=since,
        found=plain(text),
        healthy=health is Outcome.PRESENT,
    )


def ordered(lines: Iterable[RunLine]) -> list[RunLine]:
    """The worst first; runs of one severity stay in their order, those without a finding come last."""
    return sorted(lines, key=lambda line: _rank(line.severity))


def ordered_runs(runs: Iterable[RunOverview]) -> tuple[RunOverview, ...]:
    """The same order for the values."""
    return tuple(sorted(runs, key=lambda run: _rank(run.severity)))


def summary(lines: Sequence[RunLine], unread: Sequence[UnreadFile]) -> tuple[str, str, Tone]:
    """The first line: a symbol, how many runs with how bad findings, and the tone."""
    counted = Counter(line.severity for line in lines)
    graded = [f"{each} in {counted[each]}" for each in reversed(Severity) if counted[each]]
    said = f"{plural(len(lines), 'run')}: {'worst finding ' if graded else ''}{', '.join(graded) or 'no finding'}"
    rest = f"; {plural(len(unread), 'file')} not read" if unread else ""
    bad = max((line.severity for line in lines if line.severity), key=lambda s: s.rank, default=None)
    good = all(line.healthy for line in lines)
    tone = _TONES[bad] if bad else Tone.GOOD if good else Tone.OPEN
    return ("●" if bad else "✔" if tone is Tone.GOOD else "?"), said + rest, tone


def one_line(text: str) -> str:
    """A stranger's name without anything that moves the cursor."""
    return plain(text).replace("\n", "�").replace("\t", "�")


def _rank(severity: Severity | None) -> int:
    return 0 if severity is None else -1 - severity.rank
