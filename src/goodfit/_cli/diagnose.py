# SPDX-License-Identifier: Apache-2.0
"""`goodfit diagnose FILE`: what is wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from goodfit._cli.output import Format, report_of, stdout
from goodfit.measures import phases
from goodfit.readers import read_history
from goodfit.report import print_diagnosis
from goodfit.rules import diagnose as judge
from goodfit.values import Diagnosis, Outcome, ProbeResult, Severity, dumps

FailOn = Literal["note", "warning", "error", "never"]


def diagnose(
    file: Path,
    *,
    fail_on: FailOn = "warning",
    output_format: Format = "text",
    verbose: Annotated[bool, Parameter(alias="-v")] = False,
) -> int:
    """Find out what is wrong: overfitting since which epoch, underfitting, stopped too early, or healthy.

    Parameters
    ----------
    file:
        A log: CSV of any tool, JSON Lines, Keras history JSON, Hugging Face trainer_state.json, Lightning metrics.csv.
    fail_on:
        Exit with 1 when a finding is at least this severe.
    output_format:
        Text for people, or JSON.
    verbose:
        Show every rule's evidence, also where nothing was found.
    """
    history = read_history(file)
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
    if fail_on == "never":
        return False
    least = Severity(fail_on).rank
    found = (d.severity for d in diagnoses if d.outcome is Outcome.PRESENT and d.severity is not None)
    return any(severity.rank >= least for severity in found)
