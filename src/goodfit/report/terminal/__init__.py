# SPDX-License-Identifier: Apache-2.0
"""The story in the terminal: rows come from the modules above, here they get width, symbols and colour."""

from goodfit.report.terminal.diagnosis import print_diagnosis
from goodfit.report.terminal.prescription import print_prescriptions, print_treatment
from goodfit.report.terminal.story import print_report
from goodfit.report.terminal.study import print_study
from goodfit.report.terminal.verdict import print_verdict

__all__ = [
    "print_diagnosis",
    "print_prescriptions",
    "print_report",
    "print_study",
    "print_treatment",
    "print_verdict",
]
