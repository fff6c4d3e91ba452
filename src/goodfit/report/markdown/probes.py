# SPDX-License-Identifier: Apache-2.0
"""What the probes found, as Markdown."""

from collections.abc import Sequence

from goodfit.report.markdown.diagnosis import evidence_text
from goodfit.report.markdown.text import BREAK, bullets, inline, table
from goodfit.report.probe_rows import probes_headline, took
from goodfit.report.rows import SYMBOLS, evidence_row
from goodfit.report.story import SEVERITY_WORDS
from goodfit.values import Outcome, ProbeResult


def probe_blocks(task: str, results: Sequence[ProbeResult]) -> list[str]:
    """How many findings, a row for each probe, and what to do."""
    symbol, said, _ = probes_headline(task, results)
    rows = [[inline(each.probe), _state(each), _said(each), took(each.seconds)] for each in results]
    todo = [f"**→ {inline(each.advice)}**" for each in results if each.advice and _found(each)]
    return [
        f"## {symbol} {inline(said)}",
        table(("probe", "outcome", "what it says", "time"), rows, right=(3,)) if rows else "",
        bullets(todo),
    ]


def _found(each: ProbeResult) -> bool:
    return each.outcome is Outcome.PRESENT


def _state(each: ProbeResult) -> str:
    how = f", {SEVERITY_WORDS[each.severity]} ({each.severity})" if each.severity and _found(each) else ""
    return f"{SYMBOLS[each.outcome]} {each.outcome}{how}"


def _said(each: ProbeResult) -> str:
    settled = each.outcome in (Outcome.ABSENT, Outcome.NOT_APPLICABLE)
    shown = () if settled else tuple(map(evidence_row, each.evidence))
    return BREAK.join([inline(each.message), *map(evidence_text, shown)])
