# SPDX-License-Identifier: Apache-2.0
"""A few values with their intervals on one scale, as a small SVG: what a verdict rests on, and how doses compare.

The same marks, colours and schemes as in the forest plot of a comparison.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite, isnan

from goodfit.report.forest import Bar, panel_of
from goodfit.report.forest_svg import STYLE
from goodfit.report.words import number
from goodfit.values import Decision, Effect, RunStatus, Study, Trial, Verdict

_WIDTH, _LEFT, _RIGHT = 640, 170, 620
_ROW, _TOP, _BELOW = 27, 34, 30
_TONES = {Decision.IMPROVED: "good", Decision.WORSE: "bad", Decision.EQUIVALENT: "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """One value with its interval."""

    name: str
    bar: Bar
    tone: str = "open"  # good, bad, note or open
    strong: bool = False


def verdict_svg(verdict: Verdict) -> str | None:
    """The effect over seeds and over test examples, with the margin; None where it has no size."""
    control = next((mean.control for mean in verdict.means if mean.metric == verdict.metric), None)
    share = 100 / abs(control) if control else 1.0
    unit = "%" if control else "in its own unit"
    tone = _TONES.get(verdict.decision, "open")
    effects = {"over seeds": verdict.effect, "over test examples": verdict.example_effect}
    rows = [
        IntervalRow(name=name, bar=_bar(effect, share), tone=tone, strong=name == "over seeds")
        for name, effect in effects.items()
        if isfinite(effect.value)
    ]
    return (
        _drawn(rows, f"{verdict.metric} gained on test data, {unit}", verdict.margin * share)
        if rows
        else None
    )


def study_svg(study: Study) -> str | None:
    """How far each dose lies behind the best, paired on validation data; None with fewer than two."""
    trials = sorted((study.control, *study.trials), key=lambda trial: trial.value)
    rows = [_dose(study, trial) for trial in trials if trial.run.status is not RunStatus.FAILED]
    title = f"validation loss behind the best, by {study.knob}"
    return _drawn(rows, title, None) if len(rows) > 1 else None


def _dose(study: Study, trial: Trial) -> IntervalRow:
    behind = trial.behind_best
    chosen, yours = trial.is_at(study.chosen), trial is study.control
    marks = [word for word, true in (("chosen", chosen), ("yours", yours)) if true]
    bar = Bar(value=0.0, low=0.0, high=0.0)
    if behind is not None and isfinite(behind.value):
        bar = Bar(value=behind.value, low=_or(behind.low, behind.value), high=_or(behind.high, behind.value))
    name = f"{number(trial.value)} {', '.join(marks)}".rstrip()
    return IntervalRow(name=name, bar=bar, tone="note" if chosen else "open", strong=chosen)


def _bar(effect: Effect, share: float) -> Bar:
    value = effect.value
    return Bar(value=value * share, low=_or(effect.low, value) * share, high=_or(effect.high, value) * share)


def _or(end: float, value: float) -> float:
    """An end of an interval, or the value where there is none."""
    return value if isnan(end) or not isfinite(end) else end


def _drawn(rows: Sequence[IntervalRow], title: str, margin: float | None) -> str:
    panel = panel_of([row.bar for row in rows], (-margin, margin) if margin else ())
    bottom = _TOP + _ROW * len(rows)

    def to(x: float) -> float:
        return _LEFT + panel.place(x) * (_RIGHT - _LEFT)

    said = "; ".join(
        f"{row.name}: {number(row.bar.value)} [{number(row.bar.low)}, {number(row.bar.high)}]" for row in rows
    )
    height = bottom + _BELOW
    parts = [
        f'<svg class="forest" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"',
        f'  width="{_WIDTH}" height="{height}" role="img" aria-labelledby="interval-t interval-d">',
        f'<title id="interval-t">{escape(title)}</title>\n<desc id="interval-d">{escape(said)}</desc>',
        f"<style>{STYLE}</style>",
        _text(_LEFT, 18, title, "muted"),
    ]
    if margin:
        parts.append(
            f'<rect class="band" x="{to(-margin):.1f}" y="{_TOP}" width="{to(margin) - to(-margin):.1f}" '
            f'height="{bottom - _TOP}"/>'
        )
    for tick in panel.ticks:
        parts.append(f'<path class="{"grid" if tick else "zero"}" d="M{to(tick):.1f} {_TOP}V{bottom}"/>')
        parts.append(_text(to(tick), bottom + 18, number(tick), "muted", anchor="middle"))
    for place, row in enumerate(rows):
        y = _TOP + _ROW * (place + 0.5)
        parts.append(_text(_LEFT - 14, y + 4.5, row.name, "strong" if row.strong else "", anchor="end"))
        parts += _marks(row, y, (to(row.bar.low), to(row.bar.value), to(row.bar.high)))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _marks(row: IntervalRow, y: float, places: tuple[float, float, float]) -> Iterator[str]:
    low, value, high = places
    yield f'<path class="span {row.tone}" d="M{low:.1f} {y}H{high:.1f}"/>'
    yield f'<circle class="{row.tone}" cx="{value:.1f}" cy="{y}" r="5"/>'


def _text(x: float, y: float, text: str, kind: str, *, anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
