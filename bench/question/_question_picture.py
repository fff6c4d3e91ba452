# SPDX-License-Identifier: Apache-2.0
"""Gains with their intervals, one row each, as a small SVG without any library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from _question_rows import Gain

LEFT, PLOT, RIGHT, ROW, TOP = 230, 380, 130, 26, 34  # pixels
WIDEST = 40.0  # percent; longer intervals end in an arrow, so that one bad remedy does not flatten all others
INK, QUIET = "#222222", "#9a9a9a"
COLOURS = {"improved": "#1a7f37", "worse": "#c0362c", "equivalent": "#1f5fa8", "undecided": "#6b6b6b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the picture."""

    label: str
    gain: Gain | None  # None: the reference, or failed
    decision: str


def picture(title: str, rows: Sequence[Row]) -> str:
    """Draw all rows over one axis: test loss gained over early stopping alone, in percent."""
    reach = _reach(rows)
    width, height = LEFT + PLOT + RIGHT, TOP + ROW * len(rows) + 44
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(10, 20, title, weight="bold"),
    ]
    bottom = TOP + ROW * len(rows)
    for tick in _ticks(reach):
        at = _place(tick, reach)
        stroke = INK if tick == 0 else "#e2e2e2"
        parts.append(f'<path d="M{at:.1f} {TOP}V{bottom}" stroke="{stroke}"/>')
        parts.append(_text(at, bottom + 16, f"{tick:+g} %" if tick else "0", anchor="middle", fill=QUIET))
    for number, row in enumerate(rows):
        parts += _row(row, TOP + ROW * number + ROW / 2, reach)
    said = "test loss gained over early stopping alone, with its 95 % interval over seeds"
    parts.append(_text(LEFT + PLOT / 2, bottom + 36, said, anchor="middle", fill=QUIET))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(row: Row, y: float, reach: float) -> list[str]:
    colour = COLOURS.get(row.decision, INK)
    parts = [
        _text(LEFT - 12, y + 4, row.label, anchor="end"),
        _text(LEFT + PLOT + 12, y + 4, row.decision, fill=colour),
    ]
    if row.gain is None:
        return parts
    low, high = (_place(value, reach) for value in (row.gain.low, row.gain.high))
    parts.append(f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="{colour}" stroke-width="2"/>')
    if row.gain.low < -reach:
        parts.append(f'<path d="M{LEFT} {y}l7 -4v8z" fill="{colour}"/>')
    if row.gain.high > reach:
        parts.append(f'<path d="M{LEFT + PLOT} {y}l-7 -4v8z" fill="{colour}"/>')
    if abs(row.gain.value) <= reach:
        parts.append(f'<circle cx="{_place(row.gain.value, reach):.1f}" cy="{y}" r="4.5" fill="{colour}"/>')
    return parts


def _reach(rows: Sequence[Row]) -> float:
    """As far as the remedies reach; the untreated training at its last epoch would flatten them all."""
    gains = [row.gain for row in rows if row.gain is not None and row.label != "untreated"]
    ends = [abs(end) for gain in gains for end in (gain.low, gain.high)]
    longest = max(ends, default=1.0)
    steps = (1.0, 2.0, 5.0, 10.0, 20.0, WIDEST)
    return next((step for step in steps if longest <= step), WIDEST)


def _ticks(reach: float) -> list[float]:
    return [-reach, -reach / 2, 0.0, reach / 2, reach]


def _place(value: float, reach: float) -> float:
    inside = min(max(value, -reach), reach)
    return LEFT + PLOT * (inside + reach) / (2 * reach)


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", fill: str = INK, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-weight="{weight}">'
        f"{escape(said)}</text>"
    )
