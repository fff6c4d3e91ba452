# SPDX-License-Identifier: Apache-2.0
"""The verdict as Markdown: the decision first, then how it was reached and what it does not cover."""

from goodfit.report.markdown.text import bullets, inline, table
from goodfit.report.verdict_rows import verdict_rows
from goodfit.values import Verdict


def verdict_blocks(verdict: Verdict) -> list[str]:
    """Decision, facts, means of every metric, gates, and the limits of the claim."""
    rows = verdict_rows(verdict)
    means = [[inline(each.metric), each.control, each.treatment, each.change] for each in rows.means]
    gates = [
        [inline(each) for each in (row.name, row.improved_p, row.worse_p, row.level, row.passes, row.test)]
        for row in rows.gates
    ]
    return [
        f"**{rows.symbol} {inline(rows.title)}**",
        inline(rows.because),
        bullets(f"{label}: {inline(text)}" for label, text in rows.facts),
        table(("mean over seeds", "control", "treatment", "change"), means, right=(1, 2, 3)) if means else "",
        table(("gate", "p improved", "p worse", "level", "passes", "how"), gates, right=(1, 2, 3))
        if gates
        else "",
        f"What this does not show:\n\n{bullets(map(inline, rows.limits))}" if rows.limits else "",
    ]
