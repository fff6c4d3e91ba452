# SPDX-License-Identifier: Apache-2.0
"""Small curves side by side: each candidate's validation and training loss, with the untreated validation behind them.

All share one scale of the loss, so that they can be compared at a glance; each has its own epochs. The scale ends at twice
the highest untreated validation loss: what lies above leaves the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

from goodfit.report.comparison_names import LETTERS, named, reference_of
from goodfit.report.thinning import thin
from goodfit.report.words import number, place
from goodfit.values import Comparison, Curve, History, Part

_WIDTH, _HEIGHT = 250, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 244, 8, 126
_MOST_POINTS = 200
_REACH = 2.0  # times the highest untreated validation loss
STYLE = (
    ".small-curve{--train:#0072b2;--val:#d55e00;--muted:#59626d;--line:#dde1e6;--best:#00825f}"
    "@media(prefers-color-scheme:dark){.small-curve{--train:#56b4e9;--val:#f08a3c;--muted:#9ba5b0;"
    "--line:#333a42;--best:#3ecb9d}}"
    ".small-curve text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:var(--muted)}"
    ".small-curve polyline{fill:none;stroke-width:1.75;stroke-linejoin:round}"
    ".small-curve .grid{stroke:var(--line)}.small-curve .train{stroke:var(--train)}"
    ".small-curve .val{stroke:var(--val)}.small-curve .untreated{stroke:var(--muted);stroke-dasharray:3 3;opacity:.8}"
    ".small-curve .best{fill:var(--best)}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallCurve:
    """One drawing and what it shows, in words."""

    title: str
    summary: str
    svg: str


def small_curves(comparison: Comparison) -> tuple[SmallCurve, ...]:
    """One drawing of each training that has a history, in the comparison's order; the first seed of each."""
    reference = reference_of(comparison).history
    shown = [
        one
        for one in comparison.candidates
        if one.history is not None and one.history.val and one.part is not Part.UNTREATED
    ]
    if reference is None or not reference.val:
        return ()
    top = _top(reference.val, [one.history.val for one in shown if one.history and one.history.val])
    found = []
    for place_, one in enumerate(shown):
        assert one.history is not None  # noqa: S101 - those without were left out
        letter = LETTERS.get(one.name, "")
        summary = _summary(one.history)
        untreated = reference.val if one.part is not Part.REFERENCE else None
        found.append(
            SmallCurve(
                title=f"{letter} {named(one)}".strip(),
                summary=summary,
                svg=_drawn(one.history, untreated, top, (f"small-{place_}", summary)),
            )
        )
    return tuple(found)


def _top(untreated: Curve, curves: Sequence[Curve]) -> float:
    most = _REACH * max((v for v in untreated.values if isfinite(v)), default=1.0)
    highest = max((v for curve in curves for v in curve.values if isfinite(v)), default=1.0)
    return max(1e-12, min(most, highest))


def _summary(history: History) -> str:
    validation = history.val
    if validation is None or not len(validation):
        return "No validation loss was logged."
    at, best = min(zip(validation.x, validation.values, strict=True), key=lambda pair: pair[1])
    return (
        f"validation {number(best)} at epoch {place(at)}, {number(validation.values[-1])} at "
        f"epoch {place(validation.x[-1])}"
    )


def _drawn(history: History, untreated: Curve | None, top: float, told: tuple[str, str]) -> str:
    validation = history.val
    assert validation is not None  # noqa: S101 - those without were left out
    train = history.curves.get("train_loss_eval") or history.train
    last = max(validation.x[-1], 1.0)
    parts = [
        *_axes(last, top),
        f'<clipPath id="{told[0]}"><rect x="{_LEFT - 4}" y="{_TOP - 2}" width="{_RIGHT - _LEFT + 8}" height="{_BOTTOM - _TOP + 4}"/></clipPath>',
    ]
    lines = [
        _line(curve, role, last, top)
        for curve, role in ((untreated, "untreated"), (train, "train"), (validation, "val"))
        if curve is not None and len(curve)
    ]
    parts.append(f'<g clip-path="url(#{told[0]})">{"".join(lines)}{_best(validation, last, top)}</g>')
    head = (
        f'<svg class="small-curve" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(told[1], quote=True)}">'
    )
    return "\n".join([head, *parts, "</svg>"])


def _axes(last: float, top: float) -> list[str]:
    parts = []
    for value in (0.0, top / 2, top):
        y = _BOTTOM - value / top * (_BOTTOM - _TOP)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{number(value, 2)}</text>')
    parts.append(f'<text x="{_LEFT}" y="{_BOTTOM + 17}">1</text>')
    parts.append(f'<text x="{_RIGHT}" y="{_BOTTOM + 17}" text-anchor="end">epoch {place(last)}</text>')
    return parts


def _at(x: float, value: float, last: float, top: float) -> tuple[float, float]:
    across = (x - 1) / (last - 1) if last > 1 else 0.5
    return _LEFT + across * (_RIGHT - _LEFT), _BOTTOM - min(value / top, 1e3) * (_BOTTOM - _TOP)


def _line(curve: Curve, role: str, last: float, top: float) -> str:
    xs, values = thin(curve.x, curve.values, _MOST_POINTS)
    points = [_at(x, v, last, top) for x, v in zip(xs, values, strict=True) if isfinite(v) and x <= last]
    return f'<polyline class="{role}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def _best(validation: Curve, last: float, top: float) -> str:
    finite = [(v, x) for x, v in zip(validation.x, validation.values, strict=True) if isfinite(v)]
    if not finite:
        return ""
    value, x = min(finite)
    across, up = _at(x, value, last, top)
    return f'<circle class="best" cx="{across:.1f}" cy="{up:.1f}" r="3.5"/>'
