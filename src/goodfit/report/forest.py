# SPDX-License-Identifier: Apache-2.0
"""The forest plot of a comparison as plain data: each candidate's gain with its interval, at two moments.

One panel holds the gains in test loss at the best checkpoint, over early stopping alone, with the margin that counts as no
difference; a fainter one those at the last epoch, over the untreated training there. Each panel has its own scale, in
per cent of early stopping alone's test loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, isfinite, isnan, log10
from statistics import median

from goodfit.report.comparison_names import base_loss
from goodfit.report.comparison_rows import RowHead, relative_gain, row_head
from goodfit.report.words import decimals, fixed, listed, number, percent, sentence, signed_fixed
from goodfit.values import Candidate, Comparison, Decision, Moment, Part

_FREE = 0.05  # of a panel's range, at either end


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A gain with its interval, in per cent; the ends are the value itself for one seed alone."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One candidate."""

    head: RowHead
    best: Bar | None
    last: Bar | None
    text: str = ""  # the gain at the best checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A scale with round numbers on it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, x: float) -> float:
        """Where a value stands: 0 at the left end, 1 at the right; beyond either end at the end."""
        return min(1.0, max(0.0, (x - self.low) / (self.high - self.low)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """The whole plot and its text alternative."""

    rows: tuple[ForestRow, ...]
    best: Panel
    last: Panel | None
    margin: float  # per cent, to either side of 0
    summary: str


def forest_of(comparison: Comparison) -> Forest | None:
    """Lay the plot out; None where no candidate has a verdict, or the losses are no sizes to take shares of.

    The untreated training's last epoch is told in words: its loss is so far off that it would set the scale.
    """
    shown = [
        one for one in comparison.candidates if one.verdict is not None and one.part is not Part.UNTREATED
    ]
    rows = _worded([row for row in map(_row, shown) if row.best is not None])
    if not rows:
        return None
    verdict = next(one.verdict for one in shown if one.verdict is not None)
    margin = 100 * verdict.margin / base_loss(verdict)
    best = panel_of([row.best for row in rows if row.best], (-margin, margin))
    ends = [row.last for row in rows if row.last]
    return Forest(
        rows=rows,
        best=best,
        last=panel_of(ends, (0.0,)) if ends else None,
        margin=margin,
        summary=_summary(shown, rows, margin),
    )


def _row(one: Candidate) -> ForestRow:
    at_last = next((s for s in one.scores if s.metric == "loss" and s.moment is Moment.LAST), None)
    best = _bar(relative_gain(one, one.verdict.effect if one.verdict else None))
    return ForestRow(
        head=row_head(one),
        best=best,
        last=_bar(relative_gain(one, at_last.gained if at_last else None)),
    )


def _bar(gain: tuple[float, float, float] | None) -> Bar | None:
    if gain is None or not isfinite(gain[0]):
        return None
    value, low, high = gain
    return Bar(value=value, low=value if isnan(low) else low, high=value if isnan(high) else high)


def _worded(rows: Sequence[ForestRow]) -> tuple[ForestRow, ...]:
    """The same with their gains as text, all with the decimals that the typical interval asks for."""
    bars = [row.best for row in rows if row.best is not None]
    halves = [(bar.high - bar.low) / 2 for bar in bars if bar.high > bar.low]
    places = min(2, decimals((median(halves),), 2)) if halves else 1
    return tuple(replace(row, text=_text(row.best, places)) for row in rows if row.best is not None)


def _text(bar: Bar, places: int) -> str:
    value = signed_fixed(bar.value, places)
    return value if bar.low == bar.high else f"{value} [{fixed(bar.low, places)}, {fixed(bar.high, places)}]"


def panel_of(bars: Sequence[Bar], others: Sequence[float]) -> Panel:
    """A scale on which all bars, the other values and 0 stand."""
    low = min(0.0, *others, *(bar.low for bar in bars))
    high = max(0.0, *others, *(bar.high for bar in bars))
    free = _FREE * (high - low) or 1.0
    low, high = low - free, high + free
    return Panel(low=low, high=high, ticks=_ticks(low, high))


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Three to six round numbers, 0 among them."""
    raw = (high - low) / 5
    power = 10.0 ** floor(log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw)
    return tuple(round(i * step, 12) for i in range(ceil(low / step), floor(high / step) + 1))


def _summary(shown: Sequence[Candidate], rows: Sequence[ForestRow], margin: float) -> str:
    names = {word: [row_head(one).name for one in shown if one.decision is word] for word in Decision}
    parts = [f"{word}: {listed(those)}" for word, those in names.items() if those]
    return (
        f"Test loss gained over early stopping alone by {number(len(rows))} candidates, best first, each with its "
        f"{percent(0.95)} interval over seeds; within ±{number(margin, 2)} % counts as no difference. "
        f"{sentence('; '.join(parts))}."
    )
