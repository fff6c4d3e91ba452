# SPDX-License-Identifier: Apache-2.0
"""`goodfit diagnose FILE`: what is wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from goodfit._cli.inputs import Choosing, several_runs
from goodfit._cli.output import Format, report_of, stdout
from goodfit.measures import phases
from goodfit.report import print_diagnosis
from goodfit.rules import diagnose as judge
from goodfit.values import Diagnosis, History, Outcome, ProbeResult, Severity, dumps

FailOn = Literal["note", "warning", "error", "never"]


def diagnose(
    *file: Path,
    fail_on: FailOn = "warning",
    output_format: Format = "text",
    verbose: Annotated[bool, Parameter(alias="-v")] = False,
    workers: int = 1,
    choosing: Choosing = Choosing(),  # noqa: B008 - frozen
) -> int:
    """Find out what is wrong: overfitting since which epoch, underfitting, stopped too early, or healthy.

    Parameters
    ----------
    file:
        A log of any tool (docs/formats.md lists them), or - for standard input. Or a directory, a pattern, or several
        of these: every run in them gets a line, the worst first; so do the runs of a log that holds several.
    fail_on:
        Exit with 1 when a finding is at least this severe.
    output_format:
        Text for people, or JSON; for a directory, JSON Lines, written as the runs are judged.
    verbose:
        Show every rule's evidence, also where nothing was found; for a directory, all findings of each run.
    workers:
        Processes that judge the runs of a directory.
    """
    history = several_runs(file, choosing)
    if not isinstance(history, History):
        from goodfit._cli.diagnose_folder import diagnose_folder

        worst = diagnose_folder(history, file, output_format=output_format, verbose=verbose, workers=workers)
        return int(_reaches(worst, fail_on))
    if output_format == "json":
        report = report_of(history)
        diagnoses = report.diagnoses
        print(dumps(report, indent=2))
    else:
        diagnoses = judge(history)
        print_diagnosis(stdout(), history, diagnoses, phases(history), verbose=verbose)
    return int(has_finding(diagnoses, fail_on))


def has_finding(diagnoses: Sequence[Diagnosis | ProbeResult], fail_on: FailOn) -> bool:
    """Whether a rule or probe found something at least as severe as asked."""
    found = (d.severity for d in diagnoses if d.outcome is Outcome.PRESENT and d.severity is not None)
    return any(_reaches(severity, fail_on) for severity in found)


def _reaches(severity: Severity | None, fail_on: FailOn) -> bool:
    if fail_on == "never" or severity is None:
        return False
    return severity.rank >= Severity(fail_on).rank
