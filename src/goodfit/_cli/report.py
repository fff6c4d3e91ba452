# SPDX-License-Identifier: Apache-2.0
"""`goodfit report FILE`: print a finished report again, or turn it or a log into a page."""

from dataclasses import replace
from pathlib import Path

from goodfit._cli.inputs import Choosing, one_history
from goodfit._cli.output import Format, report_of, stderr, stdout, write_page
from goodfit.remedies import prescribe
from goodfit.report import print_report, render_html
from goodfit.values import Report, dumps, loads


def report(
    file: Path,
    *,
    html: Path | None = None,
    output_format: Format = "text",
    choosing: Choosing = Choosing(),  # noqa: B008 - frozen
) -> None:
    """Show a report that `fix` wrote, or make one from a log, which goes as far as the prescription.

    Parameters
    ----------
    file:
        A report.json of `goodfit fix`, or a log as for diagnose.
    html:
        Write the report as one page that opens offline.
    output_format:
        Text for people, or JSON.
    """
    found = load_report(file, choosing)
    if html is not None:
        write_page(render_html(found), html)
        stderr().print(f"page: {html}", soft_wrap=True)
    if output_format == "json":
        print(dumps(found, indent=2))
    elif html is None:
        print_report(stdout(), found)


def load_report(file: Path, choosing: Choosing = Choosing()) -> Report:  # noqa: B008 - frozen
    """Read a report, or a log as the beginning of one."""
    if _is_report(file):
        return loads(Report, file.read_text(encoding="utf-8"))
    begun = report_of(one_history(file, choosing))
    return replace(begun, prescriptions=prescribe(begun.diagnoses, begun.history))


def _is_report(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8") as lines:
            return '"type": "Report"' in lines.read(200)
    except (OSError, UnicodeDecodeError):
        return False
