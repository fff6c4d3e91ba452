# SPDX-License-Identifier: Apache-2.0
"""Both curves as sparklines, and the phases of the run as bars below them, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass

from goodfit.report.rows import PhaseRow, span_of
from goodfit.report.sparkline import BLOCKS, clipped, column_of, sparkline
from goodfit.report.words import number, plain
from goodfit.values import Curve, History

BAR = "━"
_INDENT = 2
_WIDEST_BAR = 44
_NARROWEST_BAR = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One line of the timeline."""

    label: str
    bar: str  # sparkline or phase bar; empty when the page is too narrow
    text: str
    curve: bool  # a sparkline, else a phase
    reached: bool = True


def timeline(history: History, phases: Sequence[PhaseRow], width: int) -> tuple[TimelineRow, ...]:
    """The rows of the timeline for a page of `width` columns; the bars share what labels and texts leave."""
    curves = [("training", history.train), ("validation", history.val)]
    known = [(label, curve, _from_to(curve)) for label, curve in curves if curve and len(curve)]
    labels = [label for label, _, _ in known] + [phase.name for phase in phases]
    # What was not reached has no bar, so its text may stand where the bar would.
    texts = [text for _, _, text in known] + [_short(phase) for phase in phases]
    if not labels:
        return ()
    taken = 2 + max(map(len, labels)) + 2 + 2 + max(map(len, texts))
    bar = min(_WIDEST_BAR, width - taken)
    bar = bar if bar >= _NARROWEST_BAR else 0
    span = span_of(history)
    drawn = [
        TimelineRow(label=label, bar=sparkline(curve, bar, span).ljust(bar), text=text, curve=True)
        for label, curve, text in known
    ]
    legend = clipped_above(known, bar, span) if bar else ""
    if legend and len(legend) + _INDENT <= width:
        drawn.append(TimelineRow(label="", bar="", text=legend, curve=True, reached=False))
    room = width - 2 - max(map(len, labels)) - 2
    return (*drawn, *(_phase(phase, bar, room) for phase in phases))


def clipped_above(known: Sequence[tuple[str, Curve, str]], width: int, span: tuple[float, float]) -> str:
    """What the full block stands for where a curve's scale ends below its highest values; empty where none does."""
    tops = [(label, clipped(curve, width, span)) for label, curve, _ in known]
    cut = [f"{number(top)} or more ({label})" for label, top in tops if top is not None]
    return f"{BLOCKS[-1]} = {', '.join(cut)}" if cut else ""


def _short(phase: PhaseRow) -> str:
    return phase.when if phase.start is not None else "not reached"


def _phase(phase: PhaseRow, width: int, room: int) -> TimelineRow:
    said = f"{phase.when}; {phase.note}" if phase.note else phase.when
    if phase.start is None and said != "not reached":
        text = said if len(said) <= room else said.split(":")[0].split(";")[0]
        return TimelineRow(label=phase.name, bar="", text=text, curve=False, reached=False)
    reached = phase.begin is not None and phase.finish is not None
    bar = " " * width
    if phase.begin is not None and phase.finish is not None and width:
        first, last = column_of(phase.begin, 0, 1, width), column_of(phase.finish, 0, 1, width)
        bar = " " * first + BAR * (last - first + 1) + " " * (width - last - 1)
    return TimelineRow(label=phase.name, bar=bar, text=phase.when, curve=False, reached=reached)


def _from_to(curve: Curve) -> str:
    unit = "" if curve.metric == "loss" else f" {plain(curve.metric)}"
    return f"{number(curve.values[0])} → {number(curve.values[-1])}{unit}"
