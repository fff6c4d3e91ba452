# SPDX-License-Identifier: Apache-2.0
"""A small drawing of a run's two curves for the pages of the rulebook: the same bytes every time.

It follows the reader's light or dark scheme, names its lines beside them, and tells its content in
a title and a description.
"""

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from math import ceil, floor, isfinite, log10

from goodfit.report.rows import span_of
from goodfit.report.story import axis_of, best_point
from goodfit.report.thinning import thin
from goodfit.report.words import number, spoken
from goodfit.report.words import place as x_text
from goodfit.values import Curve, History

Placing = Callable[[float, float], tuple[float, float]]  # a point of the data -> its place in the drawing
_WIDTH, _HEIGHT = 440, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 350, 14, 208  # edges of the plot
_MOST_POINTS = 400
_LABEL_GAP = 14  # smallest distance between two line labels
_STYLE = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:#59626d}"
    ".grid{stroke:#dde1e6}.line{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".train{stroke:#0072b2}.val{stroke:#d55e00}text.train{fill:#0072b2;stroke:none}"
    "text.val{fill:#b84f00;stroke:none}.best{fill:#00825f}"
    "@media(prefers-color-scheme:dark){text{fill:#9ba5b0}.grid{stroke:#333a42}.train{stroke:#56b4e9}"
    ".val{stroke:#f08a3c}text.train{fill:#56b4e9}text.val{fill:#f08a3c}.best{fill:#3ecb9d}}"
)


def curve_svg(history: History, title: str) -> str:
    """Draw the training and validation curve that a run is judged by, with the best point marked."""
    curves = [(role, curve) for role, curve in (("train", history.train), ("val", history.val)) if curve]
    (low_x, high_x), (low_y, high_y) = span_of(history), _y_range([curve for _, curve in curves])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - low_x) / (high_x - low_x) if high_x > low_x else 0.5
        up = (y - low_y) / (high_y - low_y)
        return _LEFT + across * (_RIGHT - _LEFT), _BOTTOM - up * (_BOTTOM - _TOP)

    parts = [*_axes(history, (low_x, high_x), (low_y, high_y))]
    for role, curve in curves:
        parts += _lines(role, curve, place)
    parts += _labels(curves, place)
    best = best_point(history)
    if best:
        x, y = place(*best)
        parts.append(f'<circle class="best" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
    return _document(title, _describe(history, curves), parts)


def _document(title: str, description: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}"'
        f' height="{_HEIGHT}" role="img" aria-labelledby="t d">'
    )
    told = f'<title id="t">{escape(title)}</title>\n<desc id="d">{escape(description)}</desc>'
    return "\n".join([head, told, f"<style>{_STYLE}</style>", *parts, "</svg>"]) + "\n"


def _y_range(curves: Sequence[Curve]) -> tuple[float, float]:
    finite = [value for curve in curves for value in curve.values if isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    low = min(0.0, low) if low < (high - low) else low
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _axes(history: History, across: tuple[float, float], up: tuple[float, float]) -> list[str]:
    judged = history.val or history.train
    parts = []
    for value in _ticks(*up):
        y = _BOTTOM - (value - up[0]) / (up[1] - up[0]) * (_BOTTOM - _TOP)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>')
    for value, anchor, x in ((across[0], "start", _LEFT), (across[1], "end", _RIGHT)):
        parts.append(f'<text x="{x}" y="{_BOTTOM + 18}" text-anchor="{anchor}">{x_text(value)}</text>')
    middle = (_LEFT + _RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{_BOTTOM + 34}" text-anchor="middle">{axis_of(history)}</text>')
    if judged:
        name = escape(spoken(judged.metric))
        parts.append(
            f'<text transform="translate(12 {(_TOP + _BOTTOM) / 2:.0f}) rotate(-90)" text-anchor="middle">{name}</text>'
        )
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers between two values."""
    raw = (high - low) / 4
    power = 10.0 ** floor(log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw)
    return [round(i * step, 12) for i in range(ceil(low / step), floor(high / step) + 1)]


def _lines(role: str, curve: Curve, place: Placing) -> list[str]:
    """One path for every stretch of finite values: a value that is not finite leaves a gap."""
    xs, values = thin(curve.x, curve.values, _MOST_POINTS)
    pairs = list(zip(xs, values, strict=True))
    parts = []
    for finite, stretch in groupby(pairs, key=lambda pair: isfinite(pair[1])):
        if finite:
            steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*pair) for pair in stretch))
            parts.append(f'<polyline class="line {role}" points="{steps}"/>')
    return parts


def _labels(curves: Sequence[tuple[str, Curve]], place: Placing) -> list[str]:
    """Name every line at its end; two ends that lie close are moved apart."""
    ends = []
    for role, curve in curves:
        last = next(
            ((x, v) for x, v in zip(reversed(curve.x), reversed(curve.values), strict=True) if isfinite(v)),
            None,
        )
        if last:
            ends.append((place(*last)[1], role))
    ends.sort()
    parts, floor_y = [], float("-inf")
    for y, role in ends:
        at = max(y, floor_y + _LABEL_GAP)
        floor_y = at
        name = "training" if role == "train" else "validation"
        parts.append(f'<text class="{role}" x="{_RIGHT + 8}" y="{at + 4:.1f}">{name}</text>')
    return parts


def _describe(history: History, curves: Sequence[tuple[str, Curve]]) -> str:
    said = []
    for role, curve in curves:
        name = "Training" if role == "train" else "Validation"
        if len(curve):
            said.append(f"{name} goes from {number(curve.values[0])} to {number(curve.values[-1])}.")
    best = best_point(history)
    if best:
        said.append(f"The checkpoint to keep is {axis_of(history)} {x_text(best[0])}, at {number(best[1])}.")
    return " ".join(said) or "No curve was logged."
