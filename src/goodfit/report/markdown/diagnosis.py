# SPDX-License-Identifier: Apache-2.0
"""The diagnosis as Markdown: headline, curves, a table of findings, what was not found or not looked at."""

from collections.abc import Sequence

from goodfit.report.markdown.text import BREAK, bullets, code, fenced, inline, table
from goodfit.report.rows import EvidenceRow, RuleRow, phase_rows, rule_rows
from goodfit.report.story import headline
from goodfit.report.timeline import timeline
from goodfit.report.words import number, plural
from goodfit.values import Diagnosis, History, Outcome, Phase

_WIDTH = 78  # of the block with the curves


def diagnosis_blocks(
    history: History,
    diagnoses: Sequence[Diagnosis],
    phases: Sequence[Phase],
    *,
    left_out: Sequence[str] = (),
    level: int = 2,
) -> list[str]:
    """The blocks of a diagnosis under a heading of `level`."""
    head, rows = headline(history, diagnoses), rule_rows(history, diagnoses)
    return [
        f"{'#' * level} {inline(head.text)}",
        f"Log: {code(history.source)}" if history.source else "",
        inline(head.detail),
        timeline_block(history, phases),
        *findings_blocks(rows),
        f"Rules left out: {', '.join(left_out)}." if left_out else "",
        bullets(f"Note on the log: {inline(each)}" for each in history.warnings),
        f"**→ {inline(head.todo)}**",
    ]


def timeline_block(history: History, phases: Sequence[Phase]) -> str:
    """Both curves and the phases of the run on one axis, in a block of fixed width; empty without curves."""
    curves = timeline(history, phase_rows(history, phases), _WIDTH)
    labels = max((len(line.label) for line in curves), default=0) + 2
    drawn = [f"{line.label.ljust(labels)}{line.bar}  {line.text}".rstrip() for line in curves]
    return fenced(drawn) if drawn else ""


def history_blocks(history: History) -> list[str]:
    """A log as it was read: every curve with its length and ends, and what was doubtful."""
    rows = [
        [
            code(name),
            inline(f"{curve.split} {curve.metric}"),
            f"{len(curve)} by {curve.axis}",
            f"{number(curve.values[0])} → {number(curve.values[-1])}" if len(curve) else "empty",
            inline(curve.measured_as),
        ]
        for name, curve in history.curves.items()
    ]
    return [
        f"### {plural(len(history.curves), 'curve')}",
        f"Log: {code(history.source)}" if history.source else "",
        timeline_block(history, ()),
        table(("name", "what", "points", "first → last", "measured as"), rows) if rows else "",
        bullets(f"Note on the log: {inline(each)}" for each in history.warnings),
    ]


def findings_blocks(rows: Sequence[RuleRow]) -> list[str]:
    """What was found with its evidence, then the silent rules: those that looked, and those that could not."""
    shown = [row for row in rows if row.finding]
    cells = [[f"{row.code} {inline(row.name)}", _state(row), _said(row)] for row in shown]
    looked = [inline(row.name) for row in rows if row.outcome is Outcome.ABSENT]
    needs: dict[str, list[str]] = {}
    for row in rows:
        if row.outcome is Outcome.NOT_APPLICABLE:
            needs.setdefault(row.remark or "no curve to look at", []).append(inline(row.name))
    blind = "; ".join(f"{', '.join(names)} ({inline(need)})" for need, names in needs.items())
    return [
        table(("rule", "outcome", "evidence"), cells) if cells else "",
        f"Not found: {', '.join(looked)}." if looked else "",
        f"Not looked: {blind}." if blind else "",
    ]


def evidence_text(row: EvidenceRow) -> str:
    """A measurement against its threshold, as part of a sentence."""
    return f"{inline(row.name)} **{inline(row.measured)}**, {inline(row.against)}"


def _state(row: RuleRow) -> str:
    remark = f", {row.remark}" if row.remark else ""
    return f"{row.symbol} {row.outcome}{inline(remark)}"


def _said(row: RuleRow) -> str:
    parts = [inline(row.message), *map(evidence_text, row.evidence)]
    return BREAK.join(part for part in parts if part)
