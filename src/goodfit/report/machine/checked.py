# SPDX-License-Identifier: Apache-2.0
"""What was checked in one run, whether by rules or by probes: the plain rows that every machine format is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from goodfit.report.words import listed, plain
from goodfit.values import Diagnosis, History, Outcome, ProbeResult, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one rule or probe said of one run."""

    rule: str  # code of a rule, name of a probe
    name: str
    outcome: Outcome
    severity: Severity | None  # only when PRESENT
    message: str  # what was found, or why nothing could be
    advice: str

    @property
    def title(self) -> str:
        """The rule's code and name; a probe has no code."""
        return self.name if self.rule == self.name else f"{self.rule} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One run, or one file that holds none: then `lines` is empty and `unread` says why."""

    subject: str  # as people call it: a path, with the run's name when a log holds several; or a task
    artifact: (
        str | None
    )  # file that a place can be shown in, as a path from the working directory or absolute
    lines: tuple[Line, ...] = ()
    remarks: tuple[str, ...] = ()  # what was repaired or is doubtful
    unread: str = ""

    @property
    def found(self) -> tuple[Line, ...]:
        """The findings, the most severe first."""
        lines = [each for each in self.lines if each.outcome is Outcome.PRESENT]
        return tuple(sorted(lines, key=lambda each: -each.severity.rank if each.severity else 0))


def checked_run(
    subject: str, artifact: str | None, history: History, diagnoses: Sequence[Diagnosis]
) -> Checked:
    """The rows of a diagnosis."""
    return Checked(
        subject=plain(subject),
        artifact=artifact,
        lines=tuple(_ruled(each) for each in diagnoses),
        remarks=tuple(map(plain, history.warnings)),
    )


def checked_task(subject: str, artifact: str | None, results: Sequence[ProbeResult]) -> Checked:
    """The rows of what probes found."""
    return Checked(subject=plain(subject), artifact=artifact, lines=tuple(_probed(each) for each in results))


def summary(checked: Sequence[Checked]) -> str:
    """One sentence: how many runs, how many findings of which severity, how much could not be read."""
    runs = sum(not each.unread for each in checked)
    found = [line.severity for each in checked for line in each.found]
    counted = [f"{found.count(each)} of severity {each}" for each in reversed(Severity) if each in found]
    unread = f"; {len(checked) - runs} unread" if runs < len(checked) else ""
    return f"{runs} {'run' if runs == 1 else 'runs'}, findings: {listed(counted) or 'none'}{unread}"


def _ruled(each: Diagnosis) -> Line:
    needed = f"needs {listed(each.needs_missing)}"
    message = each.message or (needed if each.needs_missing else str(each.outcome))
    return Line(
        rule=each.code,
        name=plain(each.name),
        outcome=each.outcome,
        severity=each.severity,
        message=plain(message),
        advice=plain(each.advice),
    )


def _probed(each: ProbeResult) -> Line:
    return Line(
        rule=each.probe,
        name=each.probe,
        outcome=each.outcome,
        severity=each.severity,
        message=plain(each.message or str(each.outcome)),
        advice=plain(each.advice) if each.outcome is Outcome.PRESENT else "",
    )
