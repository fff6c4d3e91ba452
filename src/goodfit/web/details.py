# SPDX-License-Identifier: Apache-2.0
"""Everything that the page shows of the chosen run, as one JSON text of bounded size, however long the log is."""

import json
from collections.abc import Sequence
from math import isfinite, nan
from typing import Any

from goodfit.remedies import prescribe
from goodfit.report.figures import Figure, Series, chart_data, loss_figure, metric_figure
from goodfit.report.prescription_rows import prescription_rows, rejections
from goodfit.report.rows import rule_rows
from goodfit.report.story import SEVERITY_WORDS, axis_of, best_point
from goodfit.report.thinning import thin
from goodfit.report.words import ends, number, place, plain, sentence, spoken
from goodfit.rules import headline as first_finding
from goodfit.values import History
from goodfit.web.judging import Judgement
from goodfit.web.summaries import Summary, told, verdict

MOST_POINTS = 1200  # of a curve; more than a screen has columns, with the lowest and highest of each stretch
_DIGITS = 6  # of a drawn number


def details(summary: Summary, history: History, judgement: Judgement) -> bytes:
    """The verdict with its reasons, curves, changes, advice and why nothing else."""
    head, rows = verdict(history, judgement), rule_rows(history, judgement.diagnoses)
    prescribed = prescribe(judgement.diagnoses, history)
    figures = (loss_figure(history, judgement.diagnoses, judgement.phases), metric_figure(history))
    found = {
        "name": summary.name,
        "head": {"text": head.text, "detail": head.detail, "todo": head.todo, "tone": head.tone},
        "cards": _cards(summary, history, judgement),
        "figures": [_figure(each) for each in figures if each is not None],
        "changes": [_change(each, history) for each in reversed(judgement.changes)],
        "withdrawn": summary.withdrawn,
        "findings": [
            {
                key: getattr(row, key)
                for key in ("code", "name", "outcome", "symbol", "tone", "remark", "message")
            }
            for row in rows
            if row.finding
        ],
        "silent": sum(not row.finding for row in rows),
        "advice": [{"title": row.title, "facts": row.facts} for row in prescription_rows(prescribed)],
        "rejected": [{"remedy": each.remedy, "because": each.because} for each in rejections(prescribed)],
        "warnings": [plain(each) for each in history.warnings],
    }
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _cards(summary: Summary, history: History, judgement: Judgement) -> list[dict[str, str]]:
    """The four numbers that one asks for first; each says so where there is none."""
    finding, axis, best = first_finding(judgement.diagnoses), axis_of(history), best_point(history)
    badly = SEVERITY_WORDS[finding.severity] if finding and finding.severity else ""
    onset = finding.onset if finding else None
    known = ends(onset) if onset else None
    band = f"between {known[0]} and {known[1]}" if known else ""
    return [
        {
            "label": "Began",
            "value": f"{axis} {place(onset.epoch)}" if onset else "–",
            "note": band or (f"{spoken(finding.name)}, {badly}" if finding else "nothing found that begins"),
        },
        {
            "label": "Gap to training",
            "value": summary.gap_short or "–",
            "note": _interval(summary.gap) if summary.gap else "needs both losses",
        },
        {
            "label": "Checkpoint to keep",
            "value": f"{axis} {place(best[0])}" if best else "–",
            "note": f"validation {spoken(history.val.metric)} {number(best[1])}"
            if best and history.val
            else "no validation curve",
        },
        {
            "label": "Logged up to",
            "value": summary.reached or "–",
            "note": "still being written" if judgement.running else "the log rests",
        },
    ]


def _interval(quantity: str) -> str:
    """The interval of a quantity, where it has one."""
    _, bracket, inside = quantity.partition("[")
    return (
        f"interval {inside.removesuffix(']').replace(', ', ' to ')} %"
        if bracket
        else "of the validation loss"
    )


def _change(change: Any, history: History) -> dict[str, str]:
    what, where = told(change, history)
    return {"kind": change.kind, "what": what, "where": where, "because": plain(change.because)}


def _figure(figure: Figure) -> dict[str, Any]:
    """A figure as the report draws it, with fewer points and shorter numbers."""
    data = chart_data(figure)
    data["series"] = [_series(each) for each in figure.series]
    return data | {
        "title": sentence(figure.y_label),
        "summary": figure.summary,
        "logPossible": figure.log_possible,
        "phaseRows": [(row.name, row.when, row.note) for row in figure.phases],
        "header": figure.header,
        "rows": figure.rows,
        "rowsLeftOut": figure.rows_left_out,
    }


def _series(series: Series) -> dict[str, Any]:
    x, y = thin(series.x, [nan if each is None else each for each in series.y], MOST_POINTS)
    return {
        "label": series.label,
        "role": series.role,
        "x": [float(f"{each:.9g}") for each in x],
        "y": _shortened(y),
    }


def _shortened(values: Sequence[float]) -> list[float | None]:
    return [float(f"{each:.{_DIGITS}g}") if isfinite(each) else None for each in values]
