# SPDX-License-Identifier: Apache-2.0
"""`goodfit report FILE`: print a finished report or comparison again, or turn it or a log into a page."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from goodfit._cli.files import check_file, write_page
from goodfit._cli.inputs import Choosing, one_history
from goodfit._cli.log_report import report_of
from goodfit._cli.output import Format, Output, check_output, opened, put, stderr
from goodfit.remedies import prescribe
from goodfit.report import comparison_html, print_comparison, print_report, render_html
from goodfit.rules import diagnose
from goodfit.values import Comparison, Report, dumps, loads


def report(
    file: Path,
    *,
    html: Path | None = None,
    output: Output = Output(),  # noqa: B008 - frozen
    choosing: Choosing = Choosing(),  # noqa: B008 - the same
) -> None:
    """Show what `fix` or `compare` wrote, or make a report from a log, which goes as far as the prescription.

    Parameters
    ----------
    file:
        The JSON of `goodfit fix` or `goodfit compare`, or a log as for diagnose.
    html:
        Write the report as one page that opens offline; text is then printed only into --output-file.
    """
    check_output(output, file)
    if html is not None:
        check_file(html, inputs=(file,))
    found = load_comparison(file) or load_report(file, choosing)
    if html is not None:
        write_page(comparison_html(found) if isinstance(found, Comparison) else render_html(found), html)
        stderr().print(f"page: {html}", soft_wrap=True)
    if html is None or output.output_format != "text" or output.output_file is not None:
        with opened(output, file) as console:
            write_report(console, found, output.output_format)


def write_report(console: Console, report: Report | Comparison, form: Format) -> None:
    """Write a report or a comparison in the format that was asked for."""
    if form == "json":
        put(console, dumps(report, indent=2))
    elif form == "jsonl":
        put(console, dumps(report))
    elif form == "markdown":
        put(console, _markdown(report))
    elif isinstance(report, Comparison):
        print_comparison(console, report)
    else:
        print_report(console, report)


def _markdown(report: Report | Comparison) -> str:
    if isinstance(report, Comparison):
        from goodfit.report.markdown.comparison import markdown_comparison

        return markdown_comparison(report)
    from goodfit.report.markdown.story import markdown_report

    return markdown_report(report)


def load_comparison(file: Path) -> Comparison | None:
    """Read a comparison; None where the file is none."""
    return loads(Comparison, file.read_text(encoding="utf-8")) if _is_a(Comparison, file) else None


def load_report(file: Path, choosing: Choosing = Choosing()) -> Report:  # noqa: B008 - frozen
    """Read a report, or a log as the beginning of one."""
    if _is_a(Report, file):
        return loads(Report, file.read_text(encoding="utf-8"))
    history = one_history(file, choosing)
    diagnoses = diagnose(history)
    return replace(report_of(history, diagnoses), prescriptions=prescribe(diagnoses, history))


def _is_a(kind: type, file: Path) -> bool:
    try:
        with file.open(encoding="utf-8") as lines:
            return f'"type": "{kind.__name__}"' in lines.read(200)
    except (OSError, UnicodeDecodeError):
        return False
