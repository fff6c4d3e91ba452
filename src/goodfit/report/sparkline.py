# SPDX-License-Identifier: Apache-2.0
"""A curve as one line of text, for the terminal.

Each curve has its own scale. The first plunge of a training would flatten all that follows, so when it
towers over the rest the scale ends lower and what lies above is drawn as a full block. A curve that
hardly moves is drawn flat, not magnified.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil, isfinite

from goodfit.values import Curve

BLOCKS = "▁▂▃▄▅▆▇█"
BROKEN = "×"
_HIGH, _UPPER = 0.9, 0.75  # quantiles: the first always fits on the scale
_REACH = 2.0  # the scale ends at the latest this many times as high as the upper quartile
_FLAT = 0.05  # the smallest range of the scale, as a share of the values' size


def sparkline(curve: Curve, width: int, span: tuple[float, float] | None = None) -> str:
    """Draw a curve in `width` characters over the x range `span`; "×" marks points that are not finite."""
    if not len(curve) or width < 1:
        return ""
    levels = _levels(curve, width, span or (curve.x[0], curve.x[-1]))
    bottom, top = _scale(_finite(levels))
    return "".join(_block(level, bottom, top) for level in _carried(levels))


def shares(curves: Sequence[Curve], width: int) -> tuple[tuple[float | None, ...], ...]:
    """Several curves as heights from 0 to 1 on one scale, one a column; None where a curve is not, or is not finite."""
    drawn = [curve for curve in curves if len(curve)]
    if not drawn or width < 1:
        return tuple(() for _ in curves)
    span = (min(curve.x[0] for curve in drawn), max(curve.x[-1] for curve in drawn))
    levels = [_levels(curve, width, span) if len(curve) else () for curve in curves]
    bottom, top = _scale(sorted(level for each in levels for level in _finite(each)))
    return tuple(
        tuple(
            None if level is None or not isfinite(level) else _share(level, bottom, top)
            for level in _carried(each)
        )
        for each in levels
    )


def clipped(curve: Curve, width: int, span: tuple[float, float]) -> float | None:
    """The value from which on `sparkline` draws the full block, when some are higher; else None."""
    if not len(curve) or width < 1:
        return None
    finite = _finite(_levels(curve, width, span))
    _, top = _scale(finite)
    return top if finite and finite[-1] > top else None


@lru_cache(maxsize=4)  # the line and its legend ask for the same
def _levels(curve: Curve, width: int, span: tuple[float, float]) -> tuple[float | None, ...]:
    """The mean of the values that fall into each column; None where none does."""
    cells: list[list[float]] = [[] for _ in range(width)]
    for x, value in zip(curve.x, curve.values, strict=True):
        cells[column_of(x, *span, width)].append(value)
    return tuple(map(_level, cells))


def _finite(levels: Sequence[float | None]) -> list[float]:
    return sorted(level for level in levels if level is not None and isfinite(level))


def column_of(x: float, low: float, high: float, width: int) -> int:
    """The character column that an x value falls into."""
    if high <= low:
        return 0
    return min(width - 1, max(0, int((x - low) / (high - low) * width)))


def _scale(levels: Sequence[float]) -> tuple[float, float]:
    """The values drawn as the lowest and the highest block."""
    if not levels:
        return 0.0, 1.0
    bottom, last = levels[0], len(levels) - 1
    high, upper = levels[ceil(_HIGH * last)], levels[ceil(_UPPER * last)]
    top = min(levels[-1], max(high, bottom + _REACH * (upper - bottom)))
    return bottom, max(top, bottom + _FLAT * max(abs(bottom), abs(top)))


def _level(cell: Sequence[float]) -> float | None:
    if not cell:
        return None
    return sum(value / len(cell) for value in cell)  # a sum of huge losses would overflow


def _carried(levels: Sequence[float | None]) -> list[float | None]:
    """Fill the columns between two points with the earlier one, so that a short run is not full of holes."""
    known = [place for place, level in enumerate(levels) if level is not None]
    filled = list(levels)
    for earlier, later in pairwise(known):
        filled[earlier:later] = [levels[earlier]] * (later - earlier)
    return filled


def _block(level: float | None, bottom: float, top: float) -> str:
    if level is None:
        return " "
    if not isfinite(level):
        return BROKEN
    return BLOCKS[round(_share(level, bottom, top) * (len(BLOCKS) - 1))]


def _share(level: float, bottom: float, top: float) -> float:
    """Where a level lies on the scale, from 0 to 1; halves do not overflow."""
    share = (level / 2 - bottom / 2) / (top / 2 - bottom / 2) if top > bottom else 0.0
    return min(1.0, max(0.0, share))
