# SPDX-License-Identifier: Apache-2.0
"""How a notebook shows a result: the Markdown of `goodfit.report.markdown`, and the same as HTML with its curves drawn.

The HTML comes from a Markdown parser that passes no markup through, so nothing in a stranger's file can become any.
The drawing is an image of its own, because styles inside a notebook's page would reach the whole page.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from goodfit.report.comparison_page import comparison_plot
from goodfit.report.curve_svg import curve_svg
from goodfit.report.interval_svg import study_svg, verdict_svg
from goodfit.report.markdown.change import prescription_blocks, study_blocks, treatment_blocks
from goodfit.report.markdown.comparison import comparison_blocks
from goodfit.report.markdown.diagnosis import evidence_text, findings_blocks, history_blocks
from goodfit.report.markdown.probes import probe_blocks
from goodfit.report.markdown.story import report_blocks
from goodfit.report.markdown.text import BREAK, bullets, inline, joined
from goodfit.report.markdown.verdict import verdict_blocks
from goodfit.report.rows import rule_rows
from goodfit.report.words import sentence, spoken
from goodfit.rules import headline
from goodfit.values import (
    Comparison,
    Diagnosis,
    History,
    Prescription,
    ProbeResult,
    Report,
    Results,
    Study,
    Treatment,
    Verdict,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Blocks = Callable[[Any], list[str]]
_NO_HISTORY = History(curves={})


def draw(value: Any, form: str) -> str | None:
    """A value as "html" or "markdown"; None when it is of no kind that has a page, or holds nothing."""
    blocks = _blocks(value)
    if not blocks:
        return None
    text = joined(blocks)
    if form == "markdown":
        return text.replace(BREAK, "<br>")
    html = _parser().render(text).replace(BREAK, "<br>")
    head, end, rest = html.partition("\n")  # the heading is the first line
    return f"<div>{head}{end}{_picture_of(value)}{rest}</div>"


def _blocks(value: Any) -> list[str]:
    if isinstance(value, Results):
        return _several(value)
    kinds: tuple[tuple[type, Blocks], ...] = (
        (Report, report_blocks),
        (Comparison, comparison_blocks),
        (History, history_blocks),
        (Diagnosis, _diagnosis),
        (Prescription, lambda one: prescription_blocks([one])),
        (Treatment, treatment_blocks),
        (Study, study_blocks),
        (Verdict, verdict_blocks),
        (ProbeResult, lambda one: probe_blocks("probe", [one])),
    )
    return next((make(value) for kind, make in kinds if isinstance(value, kind)), [])


def _several(values: Results[Any]) -> list[str]:
    """A page of values of one kind; a mixture has none."""
    if values and all(isinstance(each, Diagnosis) for each in values):
        return _diagnoses(values)
    if values and all(isinstance(each, Prescription) for each in values):
        return prescription_blocks(values)
    if values and all(isinstance(each, ProbeResult) for each in values):
        return probe_blocks("probes", values)
    return []


def _diagnoses(values: Sequence[Diagnosis]) -> list[str]:
    finding = headline(values)
    title = sentence(spoken(finding.name)) if finding else "No finding"
    advice = f"**→ {inline(finding.advice)}**" if finding and finding.advice else ""
    return [f"### {inline(title)}", *findings_blocks(_rows(values)), advice]


def _diagnosis(value: Diagnosis) -> list[str]:
    (row,) = _rows([value])
    remark = f", {row.remark}" if row.remark else ""
    return [
        f"### {inline(row.code)} {inline(row.name)}: {row.symbol} {row.outcome}{inline(remark)}",
        inline(row.message),
        bullets(map(evidence_text, row.evidence)),
        f"**→ {inline(row.advice)}**" if row.advice else "",
    ]


def _rows(values: Sequence[Diagnosis]) -> tuple[Any, ...]:
    """Rows without the onset: in which unit it is told only the history knows, and the message says it."""
    return rule_rows(_NO_HISTORY, [replace(each, onset=None) for each in values])


def _picture_of(value: Any) -> str:
    """The drawing of a value that has one."""
    if isinstance(value, Comparison):
        plot = comparison_plot(value)
        return _image(plot, "What each remedy gained in test loss") if plot else ""
    if isinstance(value, Verdict):
        plot = verdict_svg(value)
        return _image(plot, "What was gained on test data, with its intervals") if plot else ""
    if isinstance(value, Study):
        plot = study_svg(value)
        return _image(plot, "Validation loss behind the best, by dose") if plot else ""
    history = value.history if isinstance(value, Report) else value
    if not isinstance(history, History) or not any(c and len(c) for c in (history.train, history.val)):
        return ""
    return _image(curve_svg(history, "Training and validation"), "Training and validation by their x axis")


def _image(svg: str, alt: str) -> str:
    data = b64encode(svg.encode()).decode("ascii")
    return f'<img alt="{alt}" src="data:image/svg+xml;base64,{data}">\n'


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")
