# SPDX-License-Identifier: Apache-2.0
"""Showing what was found: in the terminal, as one HTML page, and as the pages of the rulebook.

Every piece is first computed as plain rows or figure data, and then drawn, so that the terminal
and the page say the same. Names are loaded when first used: `goodfit diagnose` draws no page.
"""

from typing import TYPE_CHECKING

from goodfit._lazy import lazily

if TYPE_CHECKING:
    from goodfit.report.comparison_page import comparison_html, comparison_plot
    from goodfit.report.page import render_html
    from goodfit.report.rulebook import remedy_page, rule_page
    from goodfit.report.rulebook_files import explain, write_pages
    from goodfit.report.terminal.comparison import print_comparison
    from goodfit.report.terminal.diagnosis import print_diagnosis
    from goodfit.report.terminal.prescription import print_prescriptions, print_treatment
    from goodfit.report.terminal.story import print_report
    from goodfit.report.terminal.study import print_study
    from goodfit.report.terminal.verdict import print_verdict

_HOME = {
    "comparison_html": "comparison_page",
    "comparison_plot": "comparison_page",
    "explain": "rulebook_files",
    "print_comparison": "terminal.comparison",
    "print_diagnosis": "terminal.diagnosis",
    "print_prescriptions": "terminal.prescription",
    "print_report": "terminal.story",
    "print_study": "terminal.study",
    "print_treatment": "terminal.prescription",
    "print_verdict": "terminal.verdict",
    "remedy_page": "rulebook",
    "render_html": "page",
    "rule_page": "rulebook",
    "write_pages": "rulebook_files",
}

__all__ = [
    "comparison_html",
    "comparison_plot",
    "explain",
    "print_comparison",
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

__getattr__ = lazily(__name__, _HOME, globals())


def __dir__() -> list[str]:
    return __all__
