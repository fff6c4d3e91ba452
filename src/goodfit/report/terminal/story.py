# SPDX-License-Identifier: Apache-2.0
"""The whole story in the terminal, in the order it happened; a step not taken is said, not hidden."""

from rich.console import Console
from rich.text import Text

from goodfit.report.prescription_rows import treatment_heading
from goodfit.report.steps import steps_not_taken
from goodfit.report.terminal.diagnosis import print_diagnosis
from goodfit.report.terminal.ink import FAINT, STRONG, blank, block, page_width
from goodfit.report.terminal.prescription import print_prescriptions, print_treatment
from goodfit.report.terminal.study import print_study
from goodfit.report.terminal.verdict import print_verdict
from goodfit.values import Report


def print_report(console: Console, report: Report) -> None:
    """Print diagnosis, prescription, treatment, study and verdict, each under a short rule."""
    _section(console, "Diagnosis")
    print_diagnosis(console, report.history, report.diagnoses, report.phases)
    if report.prescriptions:
        _section(console, "Prescription")
        print_prescriptions(console, report.prescriptions)
    if report.treatment:
        _section(console, treatment_heading(report.treatment))
        print_treatment(console, report.treatment)
    if report.study:
        _section(console, "Dose")
        print_study(console, report.study)
    if report.verdict:
        _section(console, "Verdict")
        print_verdict(console, report.verdict)
    remarks = (*report.notes, *steps_not_taken(report))
    if remarks:
        _section(console, "Notes")
        for remark in remarks:
            block(console, remark, lead="·", indent=2)


def _section(console: Console, title: str) -> None:
    blank(console)
    line = Text.assemble(("── ", FAINT), (title, STRONG), " ")
    line.append("─" * max(2, page_width(console) - line.cell_len), style=FAINT)
    console.print(line, soft_wrap=True)
    blank(console)
