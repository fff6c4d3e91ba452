# SPDX-License-Identifier: Apache-2.0
"""Showing what was found: in the terminal, as one HTML page, and as the pages of the rulebook.

Every piece is first computed as plain rows or figure data, and then drawn, so that the terminal
and the page say the same.
"""

from goodfit.report.page import render_html
from goodfit.report.rulebook import remedy_page, rule_page
from goodfit.report.rulebook_files import explain, write_pages
from goodfit.report.terminal import (
    print_diagnosis,
    print_prescriptions,
    print_report,
    print_study,
    print_treatment,
    print_verdict,
)

__all__ = [
    "explain",
    "print_diagnosis",
    "print_prescriptions",
    "print_report",
    "print_study",
    "print_treatment",
    "print_verdict",
    "remedy_page",
    "render_html",
    "rule_page",
    "write_pages",
]
